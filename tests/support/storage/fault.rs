//! What goes wrong with a call, and where.

use std::time::Duration;

use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt};

/// How a call ends.
#[derive(Clone, Debug)]
pub struct Fault {
    /// So many rows of the stream have been sent by then, whatever the offset was.
    pub(super) behind: u64,
    /// True where half of the next message follows.
    pub(super) is_torn: bool,
    pub(super) end: End,
}

#[derive(Clone, Debug)]
pub(super) enum End {
    /// With this status.
    Status(Box<Status>),
    /// RST_STREAM.
    Reset,
    /// No more frames of the call, and no status.
    Missing,
    /// The connection is closed.
    Closed,
    /// Nothing more comes.
    Stalled,
    /// As if there were no more rows.
    Early,
    /// An answer that is not gRPC.
    Page(u16),
}

fn behind(row: u64, end: End) -> Fault {
    Fault { behind: row, is_torn: false, end }
}

/// UNAVAILABLE after so many rows of the stream, all of which arrive.
pub fn cut_behind(row: u64) -> Fault {
    status_behind(row, Code::Unavailable, "the server is going down")
}

/// The call just ends after so many rows: a proxy has closed it.
pub fn torn_off_behind(row: u64) -> Fault {
    behind(row, End::Missing)
}

/// The call is reset after so many rows. Some of them may not arrive.
pub fn reset_behind(row: u64) -> Fault {
    behind(row, End::Reset)
}

/// The connection is closed after so many rows. Some of them may not arrive.
pub fn closed_behind(row: u64) -> Fault {
    behind(row, End::Closed)
}

/// Nothing more comes after so many rows.
pub fn stalled_behind(row: u64) -> Fault {
    behind(row, End::Stalled)
}

/// The call ends well after so many rows.
pub fn early_behind(row: u64) -> Fault {
    behind(row, End::Early)
}

/// This status after so many rows.
pub fn status_behind(row: u64, code: Code, message: &str) -> Fault {
    behind(row, End::Status(Box::new(Status::new(code, message))))
}

/// This status at once.
pub fn status(code: Code, message: &str) -> Fault {
    status_behind(0, code, message)
}

/// RESOURCE_EXHAUSTED at once, and when to come again.
pub fn exhausted(again: Duration) -> Fault {
    let details = ErrorDetails::with_retry_info(Some(again));
    let status = Status::with_error_details(Code::ResourceExhausted, "too many reads at a time", details);
    behind(0, End::Status(Box::new(status)))
}

/// PERMISSION_DENIED at once, for a reason that Google has a word for.
pub fn denied(reason: &str, message: &str) -> Fault {
    let details = ErrorDetails::with_error_info(
        reason,
        "googleapis.com",
        [("service", "bigquerystorage")].map(|(key, value)| (key.to_owned(), value.to_owned())),
    );
    behind(0, End::Status(Box::new(Status::with_error_details(Code::PermissionDenied, message, details))))
}

/// A web page of whatever stands before the server.
pub fn page(status: u16) -> Fault {
    behind(0, End::Page(status))
}

impl Fault {
    /// With half of the next message before it.
    pub fn within_a_message(self) -> Self {
        Fault { is_torn: true, ..self }
    }
}
