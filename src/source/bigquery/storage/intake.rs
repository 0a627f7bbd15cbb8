//! What arrives: is it gRPC, has it stalled, and is there room for it?
//!
//! tonic puts each message together in memory before anybody hears of it. So its length is read here, as the
//! message begins, and nothing more of it is let in before there is room: the server waits meanwhile, by
//! HTTP/2's own flow control.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use http::header::CONTENT_TYPE;
use http::{Request, Response, StatusCode};
use http_body::Frame;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, Sleep, sleep_until};
use tonic::body::Body;
use tonic::codegen::{BoxFuture, Bytes, Service, StdError};
use tonic::transport::Channel;

/// The slowest line that is waited for, in bytes a second.
const SLOWEST: u64 = 32 << 10;

/// What stands before each message: a byte of flags, and the length in four.
/// <https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md#requests>
const PREFIX: usize = 5;

/// An answer of somebody else.
#[derive(Debug)]
pub(super) struct NotGrpc(pub StatusCode);

impl fmt::Display for NotGrpc {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "HTTP {}, not gRPC", self.0)
    }
}

impl std::error::Error for NotGrpc {}

/// A message that does not come.
#[derive(Debug)]
pub(super) struct Stalled;

impl fmt::Display for Stalled {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("no message in time")
    }
}

impl std::error::Error for Stalled {}

/// Room for bytes; more than there is altogether gets all of it.
#[derive(Clone, Debug)]
pub(super) struct Room {
    free: Arc<Semaphore>,
    all: u32,
}

/// A part of the room, free again when dropped.
pub(super) type Taken = OwnedSemaphorePermit;

impl Room {
    pub(super) fn of(bytes: usize) -> Self {
        let all = Room::pieces(bytes);
        Room { free: Arc::new(Semaphore::new(all as usize)), all }
    }

    /// Waits for room, in turn. `None` never comes: the room is not closed.
    pub(super) async fn take(self, bytes: usize) -> Option<Taken> {
        self.free.acquire_many_owned(Room::pieces(bytes).min(self.all)).await.ok()
    }

    /// Room is counted in pieces of 1 KiB.
    fn pieces(bytes: usize) -> u32 {
        u32::try_from(bytes >> 10).unwrap_or(u32::MAX >> 4).saturating_add(1).min(u32::MAX >> 4)
    }
}

/// Goes with a call whose messages need room: what the last one has taken.
#[derive(Clone, Debug)]
pub(super) struct Intake {
    room: Room,
    patience: Duration,
    taken: Arc<Mutex<Option<Taken>>>,
}

impl Intake {
    /// `patience` is how long to wait for the next byte; the time in which there is no room for it does not count.
    pub(super) fn new(room: &Room, patience: Duration) -> Self {
        Intake { room: room.clone(), patience, taken: Arc::default() }
    }

    /// The room that the message has which came last, now the caller's.
    pub(super) fn taken(&self) -> Option<Taken> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    fn hold(&self, taken: Option<Taken>) {
        *self.taken.lock().unwrap_or_else(PoisonError::into_inner) = taken;
    }
}

/// A connection that tells strangers from the server, and lets in what there is room for.
#[derive(Clone)]
pub(super) struct Line(pub Channel);

impl Service<Request<Body>> for Line {
    type Response = Response<Body>;
    type Error = StdError;
    type Future = BoxFuture<Response<Body>, StdError>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), StdError>> {
        self.0.poll_ready(context).map_err(Into::into)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let intake = request.extensions().get::<Intake>().cloned();
        let answer = self.0.call(request);
        Box::pin(async move {
            let answer = answer.await?;
            let kind = answer.headers().get(CONTENT_TYPE).map_or(&b""[..], |kind| kind.as_bytes());
            if answer.status() != StatusCode::OK || !kind.starts_with(b"application/grpc") {
                return Err(NotGrpc(answer.status()).into());
            }
            Ok(match intake {
                Some(intake) => answer.map(|body| Body::new(Metered::new(body, intake))),
                None => answer,
            })
        })
    }
}

/// The body of an answer, message by message.
struct Metered {
    body: Body,
    intake: Intake,
    /// What has come, and is not let in yet.
    rest: Bytes,
    at: At,
    /// When to give up waiting for the next byte; `None` while nobody waits for one.
    idle: Option<Pin<Box<Sleep>>>,
    /// When the message is given up, however steadily it drips.
    deadline: Option<Pin<Box<Sleep>>>,
}

/// Where in a message the next byte stands.
enum At {
    /// So many bytes of the prefix are known.
    Prefix(Vec<u8>),
    /// The rest of the prefix, and the message, wait for room.
    Waiting { missing: usize, length: usize, room: BoxFuture<Option<Taken>, ()> },
    /// So many bytes are still to come.
    Message(usize),
}

impl Metered {
    fn new(body: Body, intake: Intake) -> Self {
        Metered { body, intake, rest: Bytes::new(), at: At::Prefix(Vec::new()), idle: None, deadline: None }
    }

    /// What of `rest` may be let in now. `None` where more must come first.
    fn admit(&mut self, context: &mut Context<'_>) -> Poll<Option<Bytes>> {
        loop {
            match &mut self.at {
                At::Prefix(known) => {
                    let missing = PREFIX - known.len();
                    let here = &self.rest[..missing.min(self.rest.len())];
                    known.extend_from_slice(here);
                    if let &[_, a, b, c, d] = &known[..] {
                        let length = u32::from_be_bytes([a, b, c, d]) as usize;
                        let room = self.intake.room.clone().take(length);
                        let room = Box::pin(async move { Ok(room.await) });
                        self.at = At::Waiting { missing, length, room };
                    } else if self.rest.is_empty() {
                        return Poll::Ready(None);
                    } else {
                        return Poll::Ready(Some(std::mem::take(&mut self.rest)));
                    }
                }
                At::Waiting { missing, length, room } => {
                    let Poll::Ready(taken) = room.as_mut().poll(context) else { return Poll::Pending };
                    self.intake.hold(taken.unwrap_or_default());
                    let patience = self.intake.patience + Duration::from_secs(*length as u64 / SLOWEST);
                    self.deadline = Some(Box::pin(sleep_until(Instant::now() + patience)));
                    self.at = At::Message(*missing + *length);
                }
                At::Message(missing) => {
                    if self.rest.is_empty() {
                        return Poll::Ready(None);
                    }
                    let part = self.rest.split_to((*missing).min(self.rest.len()));
                    *missing -= part.len();
                    if *missing == 0 {
                        self.at = At::Prefix(Vec::new());
                        self.deadline = None;
                    }
                    return Poll::Ready(Some(part));
                }
            }
        }
    }
}

impl http_body::Body for Metered {
    type Data = Bytes;
    type Error = StdError;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, StdError>>> {
        loop {
            match self.admit(context) {
                Poll::Ready(Some(part)) => return Poll::Ready(Some(Ok(Frame::data(part)))),
                Poll::Ready(None) => {}
                Poll::Pending => return Poll::Pending,
            }
            match Pin::new(&mut self.body).poll_frame(context) {
                Poll::Ready(Some(Ok(frame))) => match frame.into_data() {
                    Ok(data) => {
                        if !data.is_empty() {
                            self.idle = None;
                        }
                        self.rest = data;
                    }
                    Err(other) => return Poll::Ready(Some(Ok(other))),
                },
                Poll::Ready(Some(Err(status))) => return Poll::Ready(Some(Err(status.into()))),
                Poll::Ready(None) => return Poll::Ready(None),
                Poll::Pending => {
                    let until = Instant::now() + self.intake.patience;
                    self.idle.get_or_insert_with(|| Box::pin(sleep_until(until)));
                    let Metered { idle, deadline, .. } = &mut *self;
                    let mut ends = idle.iter_mut().chain(deadline);
                    return match ends.any(|end| end.as_mut().poll(context).is_ready()) {
                        true => Poll::Ready(Some(Err(Stalled.into()))),
                        false => Poll::Pending,
                    };
                }
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty() && self.body.is_end_stream()
    }
}
