fn main() -> std::process::ExitCode {
    lq::split::main()
}
