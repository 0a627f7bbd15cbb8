//! See [`lq::fmt`].
fn main() -> std::process::ExitCode {
    lq::fmt::main()
}
