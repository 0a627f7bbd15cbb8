//! HTTP/1.1, as far as the script needs it.

use std::io::{self, BufRead, BufReader, Write};
use std::net::{Shutdown, TcpStream};
use std::thread;

use super::Request;
use super::answer::{Answer, End};

/// Answers the requests of one connection until either side closes it.
pub(super) fn serve(stream: TcpStream, answer: impl Fn(Request) -> Answer) {
    let Ok(mut output) = stream.try_clone() else { return };
    let mut input = BufReader::new(stream);
    while let Ok(Some(request)) = read(&mut input) {
        let answer = answer(request);
        thread::sleep(answer.delay);
        if write(&mut output, &answer).is_err() || answer.end != End::Whole {
            if matches!(answer.end, End::Stalled(_)) {
                // Returns when the client goes away, or the server is dropped.
                let _ = io::copy(&mut input, &mut io::sink());
            }
            let _ = output.shutdown(Shutdown::Both);
            return;
        }
    }
}

fn read(input: &mut impl BufRead) -> io::Result<Option<Request>> {
    let mut line = String::new();
    if input.read_line(&mut line)? == 0 {
        return Ok(None);
    }
    let mut words = line.split_whitespace();
    let method = words.next().unwrap_or_default().to_owned();
    let target = words.next().unwrap_or_default().to_owned();
    let mut headers = Vec::new();
    loop {
        line.clear();
        input.read_line(&mut line)?;
        match line.trim_end().split_once(':') {
            Some((name, value)) => headers.push((name.to_ascii_lowercase(), value.trim().to_owned())),
            None => break,
        }
    }
    let length = headers.iter().find(|(name, _)| name == "content-length").and_then(|(_, value)| value.parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    input.read_exact(&mut body)?;
    let (path, query) = target.split_once('?').unwrap_or((&target, ""));
    Ok(Some(Request { method, path: decoded(path), query: pairs(query), headers, body }))
}

fn write(output: &mut impl Write, answer: &Answer) -> io::Result<()> {
    let sent = match answer.end {
        End::Closed => return Ok(()),
        End::Whole => &answer.body[..],
        End::Cut(bytes) | End::Stalled(bytes) => &answer.body[..bytes.min(answer.body.len())],
    };
    let mut head = format!("HTTP/1.1 {} Scripted\r\n", answer.status);
    for (name, value) in &answer.headers {
        head += &format!("{name}: {value}\r\n");
    }
    if answer.is_chunked {
        head += "transfer-encoding: chunked\r\n\r\n";
        output.write_all(head.as_bytes())?;
        for chunk in sent.chunks(1000) {
            output.write_all(format!("{:x}\r\n", chunk.len()).as_bytes())?;
            output.write_all(chunk)?;
            output.write_all(b"\r\n")?;
        }
        if answer.end == End::Whole {
            output.write_all(b"0\r\n\r\n")?;
        }
    } else {
        head += &format!("content-length: {}\r\n\r\n", answer.body.len());
        output.write_all(head.as_bytes())?;
        for piece in sent.chunks(if answer.drip.is_zero() { usize::MAX } else { 1 }) {
            output.write_all(piece)?;
            output.flush()?;
            thread::sleep(answer.drip);
        }
    }
    output.flush()
}

/// The names and values of a query string or of a form.
pub(super) fn pairs(query: &str) -> Vec<(String, String)> {
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decoded(&name.replace('+', " ")), decoded(&value.replace('+', " ")))
        })
        .collect()
}

fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((&first, others)) = rest.split_first() {
        let code = others.get(..2).and_then(|code| u8::from_str_radix(std::str::from_utf8(code).ok()?, 16).ok());
        match code.filter(|_| first == b'%') {
            Some(byte) => {
                bytes.push(byte);
                rest = &others[2..];
            }
            None => {
                bytes.push(first);
                rest = others;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
