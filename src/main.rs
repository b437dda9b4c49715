//! `relocreg`: arguments, runtime, exit code.

fn main() -> std::process::ExitCode {
    relocation_registry::cli::main()
}
