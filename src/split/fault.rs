//! What is said of a run that cannot go on.

use std::io;
use std::path::Path;

/// What helps where a file could not be written.
pub(crate) fn remedy(error: &anyhow::Error) -> Option<&'static str> {
    use io::ErrorKind::*;
    let kind = error.chain().find_map(|cause| cause.downcast_ref::<io::Error>())?.kind();
    Some(match kind {
        StorageFull | QuotaExceeded => "make room or take another --dir, and run it again",
        FileTooLarge => "raise the limit of file sizes (ulimit -f) or --compress, and run it again",
        PermissionDenied | ReadOnlyFilesystem => "take another --dir",
        NotFound => "the folder or a file in it was removed or moved; run it again with a --dir that stays",
        InvalidData => "move that file away or take another --dir, and run it again",
        NotADirectory => "a file stands where a folder is needed; take another --dir or --name",
        _ => return None,
    })
}

/// Why an input is not read to its end, and what helps. `line` is the last one that came.
pub(crate) fn broke_off(input: &str, line: Option<u64>, error: &io::Error) -> String {
    match (line, error.kind()) {
        (None, io::ErrorKind::UnexpectedEof) => format!("{input} is cut off before its first line; fetch it again"),
        (None, _) => format!("cannot read {input}: {error}"),
        (Some(line), io::ErrorKind::UnexpectedEof) => format!("{input} is cut off behind line {line}; fetch it again"),
        (Some(line), _) => format!("{input} broke off behind line {line}: {error}"),
    }
}

/// Why a file does not get its name.
pub(crate) fn unnamed(path: &Path, why: &io::Error) -> String {
    match why.kind() {
        io::ErrorKind::NotFound => format!("{} is gone: somebody removed it; run it again", path.display()),
        _ => format!("{} is whole but keeps this name: {why}", path.display()),
    }
}

/// That an input ends in the middle of a value, which begins on this line.
pub(crate) fn cut_off(input: &str, line: u64) -> String {
    format!("{input} is cut off in the middle of a value, line {line}; fetch it again")
}
