//! On a scripted BigQuery: all that the emulator does not enforce.

mod cancelling;
mod doctor;
mod failing;
mod keeping;
mod nearest;
mod paging;
mod paying;
mod retrying;
pub mod table;
mod who;
