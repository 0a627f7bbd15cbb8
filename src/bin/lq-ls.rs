//! See [`lq::ls`].
fn main() -> std::process::ExitCode {
    lq::ls::main()
}
