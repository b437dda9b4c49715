//! Peers that speak HTTP/2 to do harm, frame by frame. Only loopback, and every loop is bounded.

use std::{collections::BTreeMap, time::Duration};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use crate::harness::{App, samples};

const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const GOAWAY: u8 = 7;
const END_HEADERS: u8 = 4;

/// RFC 9113, section 7: the peer causes too much load.
const ENHANCE_YOUR_CALM: u32 = 0xb;

fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

/// The head of a call that goes on: POST, http, a path, an authority and the type of gRPC; and what else is in it.
fn open(stream: u32, more: &[u8]) -> Vec<u8> {
    let literal = |name: &[u8], value: &str| [name, &[u8::try_from(value.len()).unwrap()], value.as_bytes()].concat();
    let path = literal(&[0x04], "/relocation.registry.v1.RelocantService/RegisterRelocant");
    let head = [vec![0x83, 0x86], path, literal(&[0x01], "x"), literal(&[0x0f, 0x10], "application/grpc"), more.to_vec()].concat();
    frame(HEADERS, END_HEADERS, stream, &head)
}

/// Sends frames on a connection of its own and gives what the server sent, until it closes or five seconds have passed.
async fn send(app: &App, streams: Vec<Vec<u8>>) -> Vec<(u8, Vec<u8>)> {
    let socket = TcpStream::connect(app.address.trim_start_matches("http://")).await.unwrap();
    let (mut from, mut to) = socket.into_split();
    let writing = async {
        let preface = [b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".as_slice(), &frame(SETTINGS, 0, 0, &[])].concat();
        // A server that has had enough closes while we still send. A few at a time, or what it says at the end is lost in what it did not read.
        let mut open = to.write_all(&preface).await;
        for some in streams.chunks(8).map(<[_]>::concat) {
            tokio::time::sleep(Duration::from_millis(1)).await;
            open = if open.is_ok() { to.write_all(&some).await } else { break };
        }
        tokio::time::sleep(Duration::from_secs(5)).await;
    };
    let reading = async {
        let mut told = Vec::new();
        let mut head = [0; 9];
        while from.read_exact(&mut head).await.is_ok() {
            let length = u32::from_be_bytes([0, head[0], head[1], head[2]]);
            let mut payload = vec![0; usize::try_from(length).unwrap()];
            if from.read_exact(&mut payload).await.is_err() {
                break;
            }
            told.push((head[3], payload));
            if head[3] == GOAWAY && told.last().is_some_and(|(_, payload)| code(payload) != 0) {
                break;
            }
            if told.len() > 100_000 {
                break;
            }
        }
        told
    };
    let reading = tokio::time::timeout(Duration::from_secs(5), reading);
    tokio::select! {
        told = reading => told.unwrap_or_default(),
        () = writing => vec![],
    }
}

fn code(goaway: &[u8]) -> u32 {
    u32::from_be_bytes(goaway[4..8].try_into().unwrap())
}

/// Whether the server sent the peer away, and still serves others.
async fn is_sent_away(app: &App, streams: Vec<Vec<u8>>) -> bool {
    let told = send(app, streams).await;
    app.role("registrar").await.register(samples::registration()).await;
    told.iter().any(|(kind, payload)| *kind == GOAWAY && code(payload) == ENHANCE_YOUR_CALM)
}

fn streams(count: u32) -> impl Iterator<Item = u32> {
    (0..count).map(|n| 2 * n + 1)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_is_told_how_many_streams_and_how_long_headers_may_be() {
    let app = App::sqlite().await;
    let told = tokio::time::timeout(Duration::from_secs(10), async {
        let mut socket = TcpStream::connect(app.address.trim_start_matches("http://")).await.unwrap();
        socket.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").await.unwrap();
        socket.write_all(&frame(SETTINGS, 0, 0, &[])).await.unwrap();
        let mut head = [0; 9];
        socket.read_exact(&mut head).await.unwrap();
        assert_eq!(head[3], SETTINGS);
        let mut payload = vec![0; usize::from(u16::from_be_bytes([head[1], head[2]]))];
        socket.read_exact(&mut payload).await.unwrap();
        payload
    });
    let told = told.await.unwrap();
    let settings: BTreeMap<u16, u32> = told
        .chunks_exact(6)
        .map(|setting| (u16::from_be_bytes([setting[0], setting[1]]), u32::from_be_bytes(setting[2..6].try_into().unwrap())))
        .collect();
    assert_eq!((settings.get(&3), settings.get(&6)), (Some(&100), Some(&8192)), "streams at once, bytes of headers: {settings:?}");
    app.handle().stop().await;
}

/// CVE-2023-44487.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_peer_that_opens_and_resets_streams_without_end_is_sent_away() {
    let app = App::sqlite().await;
    let cancel = 8_u32.to_be_bytes();
    let reset = streams(5_000).map(|stream| [open(stream, &[]), frame(RST_STREAM, 0, stream, &cancel)].concat()).collect();
    assert!(is_sent_away(&app, reset).await);
    app.handle().stop().await;
}

/// CERT VU#767506: the peer makes the server reset its streams.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_peer_whose_streams_the_server_must_reset_without_end_is_sent_away() {
    let app = App::sqlite().await;
    // A length that is no number makes the request malformed, and a malformed request is answered with a reset (RFC 9113, section 8.1.1).
    let malformed = streams(5_000).map(|stream| open(stream, &[0x0f, 0x0d, 1, b'x'])).collect();
    assert!(is_sent_away(&app, malformed).await);
    app.handle().stop().await;
}
