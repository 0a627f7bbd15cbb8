//! `lq-split` as its users see it: real processes, files, pipes and shells.

mod bad_input;
mod clusters;
mod cores;
mod forms;
mod hostile;
mod kept_files;
mod limits;
mod live;
mod manifest;
mod mended;
mod names;
mod round_trip;
mod scene;
mod sealed;
mod shell;
mod signals;
