//! Compiles the contract in Rust: no `protoc` on the machine. What carries a personal field gets a `Debug` that prints its type's name and nothing else.

use std::{collections::BTreeSet, error::Error, fmt::Write as _, fs, path::PathBuf};

use protox::prost_reflect::{DescriptorPool, FieldDescriptor, Kind, Value};

const PACKAGE: &str = "relocation.registry.v1.";

fn main() -> Result<(), Box<dyn Error>> {
    let out = PathBuf::from(std::env::var_os("OUT_DIR").ok_or("no OUT_DIR")?);
    println!("cargo:rerun-if-changed=proto");
    let mut files: Vec<PathBuf> =
        fs::read_dir("proto/relocation/registry/v1")?.map(|entry| entry.map(|entry| entry.path())).collect::<Result<_, _>>()?;
    files.sort();

    let mut compiler = protox::Compiler::new(["proto"])?;
    compiler.include_imports(true).include_source_info(true).open_files(&files)?;
    // This form keeps the options of extensions, for reflection.
    let bytes = compiler.encode_file_descriptor_set();
    fs::write(out.join("descriptor.bin"), &bytes)?;

    let personal = personal_messages(&DescriptorPool::decode(bytes.as_slice())?);
    let mut builder = tonic_prost_build::configure();
    let mut debug = String::new();
    for name in &personal {
        builder = builder.skip_debug([name]);
        let rust = rust_name(name.trim_start_matches(PACKAGE));
        write!(
            debug,
            "impl std::fmt::Debug for {rust} {{\n    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {{\n        f.write_str({rust:?})\n    }}\n}}\n"
        )?;
    }
    fs::write(out.join("debug.rs"), debug)?;
    builder.compile_fds(compiler.file_descriptor_set())?;
    Ok(())
}

/// The messages that carry a personal field, in themselves or in a message within, and their oneofs.
fn personal_messages(pool: &DescriptorPool) -> BTreeSet<String> {
    let mut personal = BTreeSet::new();
    loop {
        let before = personal.len();
        for message in pool.all_messages().filter(|message| message.full_name().starts_with(PACKAGE)) {
            for field in message.fields() {
                let within = matches!(field.kind(), Kind::Message(inner) if personal.contains(inner.full_name()));
                if within || is_redacted(&field) {
                    personal.insert(message.full_name().to_owned());
                    if let Some(oneof) = field.containing_oneof().filter(|oneof| !oneof.is_synthetic()) {
                        personal.insert(oneof.full_name().to_owned());
                    }
                }
            }
        }
        if personal.len() == before {
            return personal;
        }
    }
}

fn is_redacted(field: &FieldDescriptor) -> bool {
    field.options().get_field_by_name("debug_redact").is_some_and(|value| *value == Value::Bool(true))
}

/// `RegisterRelocantRequest.source` is `register_relocant_request::Source` in Rust.
fn rust_name(name: &str) -> String {
    match name.split_once('.') {
        None => name.to_owned(),
        Some((message, oneof)) => {
            let mut module = String::new();
            for (index, letter) in message.char_indices() {
                if letter.is_uppercase() && index > 0 {
                    module.push('_');
                }
                module.extend(letter.to_lowercase());
            }
            let mut letters = oneof.chars();
            let first: String = letters.next().map(|letter| letter.to_uppercase().collect()).unwrap_or_default();
            format!("{module}::{first}{}", letters.as_str())
        }
    }
}
