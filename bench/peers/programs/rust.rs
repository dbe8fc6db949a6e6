// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

//! std::process of Rust; serve.hpp describes the protocol.

use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, Write};
use std::os::unix::io::{AsFd, AsRawFd};
use std::process::Command;
use std::time::Instant;

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

extern "C" {
    fn dup2(from: i32, to: i32) -> i32;
}

/// As in serve.hpp: child processes inherit the null device in the place of `stream`.
fn take_over(stream: impl AsFd) -> io::Result<File> {
    let fd = stream.as_fd();
    let moved = fd.try_clone_to_owned()?;
    let null = OpenOptions::new().read(true).write(true).open("/dev/null")?;
    // SAFETY: both descriptors are open, and `fd` stays open.
    if unsafe { dup2(null.as_raw_fd(), fd.as_raw_fd()) } < 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(File::from(moved))
}

fn spawn(words: &[String]) -> Result<()> {
    let status = Command::new(&words[0]).args(&words[1..]).status()?;
    if !status.success() {
        return Err("it failed".into());
    }
    Ok(())
}

fn read(words: &[String], bytes: usize) -> Result<()> {
    let output = Command::new(&words[0]).args(&words[1..]).output()?;
    if !output.status.success() {
        return Err("it failed".into());
    }
    if output.stdout.len() != bytes {
        return Err("it wrote another number of bytes".into());
    }
    Ok(())
}

fn time_of(count: usize, task: impl Fn() -> Result<()>) -> Result<u128> {
    task()?; // bring the code back into the caches
    let begin = Instant::now();
    for _ in 0..count {
        task()?;
    }
    Ok(begin.elapsed().as_nanos())
}

fn answer(words: &[String], line: &str) -> Result<u128> {
    match line.split_whitespace().collect::<Vec<_>>()[..] {
        ["spawn", count] => time_of(count.parse()?, || spawn(words)),
        ["read", bytes, count] => {
            let bytes = bytes.parse()?;
            time_of(count.parse()?, || read(words, bytes))
        }
        _ => Err("there is no such task".into()),
    }
}

fn main() -> Result<()> {
    let mut words: Vec<String> = std::env::args().skip(1).collect();
    words.drain(1..3);
    let questions = take_over(io::stdin())?;
    let mut answers = take_over(io::stdout())?;
    for line in BufReader::new(questions).lines() {
        match answer(&words, &line?) {
            Ok(time) => writeln!(answers, "{time}")?,
            Err(error) => writeln!(answers, "{error}")?, // the benchmark tells the reader
        }
    }
    Ok(())
}
