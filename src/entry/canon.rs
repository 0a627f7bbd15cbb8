//! The canon: one form for what BigQuery keeps of a payload, whatever way it is read.
//!
//! BigQuery cannot tell a missing field from NULL nor from an empty array, prints every field of a
//! RECORD whether the row has it or not, and keeps all numbers of a payload as FLOAT. So of the JSON of
//! a row
//! - members that are `null`, `[]` or `{}` are dropped, from the inside out; elements of arrays stay;
//! - numbers with a fraction or an exponent are printed as ECMAScript prints them (3.0 is `3`, 1e21 is
//!   `1e+21`, -0.0 is `0`), unless no f64 holds them; integers stay as they stand, however long (but for `-0`);
//! - strings are escaped as lq escapes them (Google writes `<` as `\u003c`);
//! - order and doubled keys stay as they stand;
//! - there are no blanks between tokens.

use super::text;

/// Brings JSON into the canon. Reused, it allocates nothing.
#[derive(Debug, Default)]
pub(crate) struct Canon {
    open: Vec<Open>,
    /// Strings may be escaped otherwise than lq does it.
    is_foreign: bool,
}

/// An object or array that is not yet closed.
#[derive(Clone, Copy, Debug)]
struct Open {
    is_object: bool,
    /// Where its member in the making begins in the output, with the comma.
    member: usize,
    /// It has members already.
    is_filled: bool,
}

impl Canon {
    /// Appends the value `json`, or nothing where nothing is left of it: then it returns false.
    /// `json` must have been scanned before, to whatever depth; anything else comes out as something
    /// that is no JSON either, or cut off.
    pub(crate) fn push(&mut self, json: &str, out: &mut Vec<u8>) -> bool {
        self.push_scanned(json, true, out)
    }

    /// The same of a value without [foreign](super::scan::Spans::is_foreign) escapes, where `is_foreign` is false.
    pub(crate) fn push_scanned(&mut self, json: &str, is_foreign: bool, out: &mut Vec<u8>) -> bool {
        self.is_foreign = is_foreign;
        let bytes = json.as_bytes();
        let start = out.len();
        self.open.clear();
        let mut at = 0;
        while let Some(&byte) = bytes.get(at) {
            let is_void = match byte {
                b' ' | b'\t' | b'\r' | b'\n' | b',' | b':' => {
                    at += 1;
                    continue;
                }
                b'{' | b'[' => {
                    self.begin(out);
                    out.push(byte);
                    self.open.push(Open { is_object: byte == b'{', member: out.len(), is_filled: false });
                    at += 1;
                    // What follows in an object is a key, or its end.
                    at = self.key(json, at, out);
                    continue;
                }
                b'}' | b']' => {
                    out.push(byte);
                    at += 1;
                    self.open.pop().is_none_or(|open| !open.is_filled)
                }
                b'"' => {
                    self.begin(out);
                    let end = text::string_end(bytes, at).min(bytes.len());
                    push_string(&json[at..end], is_foreign, out);
                    at = end;
                    false
                }
                _ => {
                    self.begin(out);
                    let length = bytes[at..].iter().position(|b| b" \t\r\n,:]}[{\"".contains(b));
                    let token = &json[at..length.map_or(json.len(), |length| at + length)];
                    at += token.len();
                    push_token(token, out);
                    token == "null"
                }
            };
            match self.open.last_mut() {
                None if is_void => out.truncate(start),
                None => {}
                Some(open) if open.is_object && is_void => out.truncate(open.member),
                Some(open) => open.is_filled = true,
            }
            at = self.key(json, at, out);
        }
        out.len() > start
    }

    /// Begins an element of an array; members of objects begin with their key.
    fn begin(&self, out: &mut Vec<u8>) {
        if let Some(Open { is_object: false, is_filled: true, .. }) = self.open.last() {
            out.push(b',');
        }
    }

    /// Copies the key at `at` if there is one: only in an object, behind its brace or a comma.
    fn key(&mut self, json: &str, mut at: usize, out: &mut Vec<u8>) -> usize {
        let bytes = json.as_bytes();
        let is_foreign = self.is_foreign;
        let Some(open) = self.open.last_mut().filter(|open| open.is_object) else { return at };
        while bytes.get(at).is_some_and(|b| b" \t\r\n,".contains(b)) {
            at += 1;
        }
        if bytes.get(at) != Some(&b'"') {
            return at;
        }
        let end = text::string_end(bytes, at).min(bytes.len());
        open.member = out.len();
        if open.is_filled {
            out.push(b',');
        }
        push_string(&json[at..end], is_foreign, out);
        out.push(b':');
        // The value may be a string too, so the colon must not be left to be looked for.
        end + bytes[end..].iter().take_while(|b| b" \t\r\n:".contains(b)).count()
    }
}

fn push_token(token: &str, out: &mut Vec<u8>) {
    let is_number = token.starts_with(|c: char| c == '-' || c.is_ascii_digit());
    let number = if is_number && token.contains(['.', 'e', 'E']) { token.parse::<f64>().ok() } else { None };
    match number.filter(|number| number.is_finite()) {
        // Servers may keep the sign of a FLOAT that is zero.
        None if token == "-0" => out.push(b'0'),
        Some(number) => out.extend_from_slice(ryu_js::Buffer::new().format_finite(number).as_bytes()),
        None => out.extend_from_slice(token.as_bytes()),
    }
}

/// Appends a string with its quotes.
fn push_string(quoted: &str, is_foreign: bool, out: &mut Vec<u8>) {
    match quoted.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
        Some(raw) if is_foreign => {
            out.push(b'"');
            text::respell(raw, out);
            out.push(b'"');
        }
        _ => out.extend_from_slice(quoted.as_bytes()),
    }
}
