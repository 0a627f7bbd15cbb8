//! One TLS for all: the clients of REST, of gRPC and of the credentials ask rustls for the process'
//! provider of cryptography, and panic where there are two to choose from, or none.

/// Makes ring the provider. To be called before the first connection; again does nothing.
pub(crate) fn install() {
    let _ = rustls::crypto::ring::default_provider().install_default();
}
