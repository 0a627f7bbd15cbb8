//! See [`lq::query`].
fn main() -> std::process::ExitCode {
    lq::query::main()
}
