//! A model server on this machine that answers as it is told to, over real sockets.
//!
//! One thread a connection and nothing asynchronous, so that it answers also where the other side is at fault. Waiting
//! ends with the server.

use std::{
    io::{self, Read, Write},
    net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc, Condvar, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

/// How long a connection that only listens looks whether the other side is gone.
const LOOK: Duration = Duration::from_millis(20);

/// What was asked.
#[derive(Clone)]
pub struct Request {
    /// The path, with its query.
    pub path: String,
    /// Name and value of each header, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Request {
    /// The value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|header| header.0 == name).map(|header| &*header.1)
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// One thing that is done on a connection.
#[derive(Clone)]
pub enum Act {
    /// These bytes are written.
    Bytes(Vec<u8>),
    /// These bytes are written so many times.
    Repeat(Vec<u8>, usize),
    /// These bytes are written one by one, with so much time before each.
    Slowly(Vec<u8>, Duration),
    /// Nothing is done until the other side hangs up.
    Hang,
    /// These bytes are written below TLS, where there is any, so that they break it.
    Beneath(Vec<u8>),
    /// Nobody is let in any more.
    Refuse,
}

/// What is answered, act by act. Then the connection is closed, or kept for the next request.
#[derive(Clone)]
pub struct Answer {
    acts: Vec<Act>,
    keep: bool,
}

impl Answer {
    /// These acts, and then the connection is closed.
    pub fn acts(acts: impl IntoIterator<Item = Act>) -> Self {
        Self { acts: acts.into_iter().collect(), keep: false }
    }

    /// A whole answer with this status, further headers (each with its line end) and body.
    pub fn whole(status: u16, headers: &str, body: &str) -> Self {
        let head = format!("HTTP/1.1 {status} x\r\n{headers}content-length: {}\r\n\r\n{body}", body.len());
        Self { acts: vec![Act::Bytes(head.into_bytes())], keep: true }
    }

    /// A streamed answer in these pieces, with its end.
    pub fn streamed<T: AsRef<[u8]>>(pieces: impl IntoIterator<Item = T>) -> Self {
        let mut acts = vec![Act::Bytes(STREAM.into())];
        acts.extend(pieces.into_iter().map(|piece| Act::Bytes(chunk(piece.as_ref()))));
        acts.push(Act::Bytes(chunk(b"")));
        Self { acts, keep: true }
    }
}

/// The head of a streamed answer.
pub const STREAM: &str =
    "HTTP/1.1 200 x\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";

/// A piece of a streamed answer; an empty one is its end.
pub fn chunk(bytes: &[u8]) -> Vec<u8> {
    let mut chunk = format!("{:x}\r\n", bytes.len()).into_bytes();
    chunk.extend_from_slice(bytes);
    chunk.extend_from_slice(b"\r\n");
    chunk
}

/// The authority that signed the server's certificate (DER), which no machine trusts by itself.
#[cfg(feature = "tls")]
pub const AUTHORITY: &[u8] = include_bytes!("../data/ca.der");

/// A server on a free port of this machine. Ends when it is dropped.
pub struct Server {
    address: SocketAddr,
    scheme: &'static str,
    shared: Arc<Shared>,
    accepting: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Shared {
    stopped: Mutex<bool>,
    stop: Condvar,
    requests: Mutex<Vec<Request>>,
    refusing: AtomicBool,
    connections: AtomicUsize,
    left: AtomicUsize,
}

type Answering = dyn Fn(&Request) -> Answer + Send + Sync;

impl Server {
    /// A server that answers each request so.
    pub fn start(answer: impl Fn(&Request) -> Answer + Send + Sync + 'static) -> io::Result<Self> {
        Self::serving("http", Arc::new(answer), |connection| Ok(Connection::Plain(connection)))
    }

    /// The same behind TLS, with a certificate for `localhost` and `127.0.0.1` that [`AUTHORITY`] signed.
    #[cfg(feature = "tls")]
    pub fn start_tls(answer: impl Fn(&Request) -> Answer + Send + Sync + 'static) -> io::Result<Self> {
        let config = tls::config().map_err(io::Error::other)?;
        Self::serving("https", Arc::new(answer), move |connection| tls::accept(&config, connection))
    }

    fn serving(
        scheme: &'static str,
        answer: Arc<Answering>,
        accept: impl Fn(TcpStream) -> io::Result<Connection> + Send + Sync + 'static,
    ) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared::default());
        let (here, accept) = (shared.clone(), Arc::new(accept));
        let accepting = thread::spawn(move || {
            for connection in listener.incoming() {
                if *here.stopped() || here.refusing.load(Ordering::SeqCst) {
                    break;
                }
                let Ok(connection) = connection else { continue };
                here.connections.fetch_add(1, Ordering::SeqCst);
                let (here, answer, accept) = (here.clone(), answer.clone(), accept.clone());
                thread::spawn(move || {
                    let _ = connection.set_nodelay(true);
                    // Whoever does not want to talk is let go.
                    if let Ok(connection) = accept(connection) {
                        serve(&here, connection, &*answer, address);
                    }
                });
            }
        });
        Ok(Self { address, scheme, shared, accepting: Some(accepting) })
    }

    /// Its address, as `http://127.0.0.1:PORT`.
    pub fn url(&self) -> String {
        format!("{}://{}", self.scheme, self.address)
    }

    /// Its address.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What was asked so far.
    pub fn requests(&self) -> Vec<Request> {
        self.shared.requests.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// How many connections were made.
    pub fn connections(&self) -> usize {
        self.shared.connections.load(Ordering::SeqCst)
    }

    /// Waits until the other side has left so many answers before their end, and gives whether it did within `most`.
    pub fn left(&self, times: usize, most: Duration) -> bool {
        let mut stopped = self.shared.stopped();
        let mut rest = most;
        while self.shared.left.load(Ordering::SeqCst) < times && !rest.is_zero() {
            let step = LOOK.min(rest);
            rest -= step;
            stopped = self.shared.stop.wait_timeout(stopped, step).unwrap_or_else(PoisonError::into_inner).0;
        }
        self.shared.left.load(Ordering::SeqCst) >= times
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        *self.shared.stopped() = true;
        self.shared.stop.notify_all();
        // Whoever waits for the next connection gets one.
        let _ = TcpStream::connect(self.address);
        if let Some(accepting) = self.accepting.take() {
            let _ = accepting.join();
        }
    }
}

impl Shared {
    fn stopped(&self) -> MutexGuard<'_, bool> {
        self.stopped.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits, and gives whether the server was stopped meanwhile.
    fn wait(&self, span: Duration) -> bool {
        let (stopped, _) = self
            .stop
            .wait_timeout_while(self.stopped(), span, |stopped| !*stopped)
            .unwrap_or_else(PoisonError::into_inner);
        *stopped
    }
}

/// A connection, with what is below it.
enum Connection {
    Plain(TcpStream),
    #[cfg(feature = "tls")]
    Tls(Box<rustls::StreamOwned<rustls::ServerConnection, TcpStream>>),
}

impl Connection {
    fn beneath(&self) -> &TcpStream {
        match self {
            Self::Plain(connection) => connection,
            #[cfg(feature = "tls")]
            Self::Tls(connection) => &connection.sock,
        }
    }
}

impl Read for Connection {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(connection) => connection.read(bytes),
            #[cfg(feature = "tls")]
            Self::Tls(connection) => connection.read(bytes),
        }
    }
}

impl Write for Connection {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(connection) => connection.write(bytes),
            #[cfg(feature = "tls")]
            Self::Tls(connection) => connection.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(connection) => connection.flush(),
            #[cfg(feature = "tls")]
            Self::Tls(connection) => connection.flush(),
        }
    }
}

#[cfg(feature = "tls")]
mod tls {
    use std::{io, net::TcpStream, sync::Arc};

    use rustls::{
        ServerConfig, ServerConnection, StreamOwned,
        crypto::ring,
        pki_types::{CertificateDer, PrivatePkcs8KeyDer},
    };

    use super::Connection;

    /// A certificate for this machine, for tests only: its key is here for everybody to read.
    pub(super) fn config() -> Result<Arc<ServerConfig>, rustls::Error> {
        let leaf = CertificateDer::from(include_bytes!("../data/leaf.der").as_slice());
        let key = PrivatePkcs8KeyDer::from(include_bytes!("../data/leaf.key.der").as_slice());
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(vec![leaf], key.into())?;
        Ok(Arc::new(config))
    }

    /// Shakes hands.
    pub(super) fn accept(config: &Arc<ServerConfig>, mut connection: TcpStream) -> io::Result<Connection> {
        let mut tls = ServerConnection::new(config.clone()).map_err(io::Error::other)?;
        while tls.is_handshaking() {
            tls.complete_io(&mut connection)?;
        }
        Ok(Connection::Tls(Box::new(StreamOwned::new(tls, connection))))
    }
}

/// Answers one request after the other.
fn serve(shared: &Shared, mut connection: Connection, answer: &Answering, address: SocketAddr) {
    while let Ok(request) = read(shared, &mut connection) {
        let answer = answer(&request);
        shared.requests.lock().unwrap_or_else(PoisonError::into_inner).push(request);
        for act in &answer.acts {
            if perform(shared, &mut connection, act, address).is_err() {
                shared.left.fetch_add(1, Ordering::SeqCst);
                return;
            }
        }
        if !answer.keep {
            break;
        }
    }
    let _ = connection.beneath().shutdown(Shutdown::Both);
}

fn perform(shared: &Shared, connection: &mut Connection, act: &Act, address: SocketAddr) -> io::Result<()> {
    match act {
        Act::Bytes(bytes) => connection.write_all(bytes),
        Act::Repeat(bytes, times) => (0..*times).try_for_each(|_| connection.write_all(bytes)),
        Act::Slowly(bytes, span) => bytes.iter().try_for_each(|byte| {
            if shared.wait(*span) {
                return Err(io::ErrorKind::Interrupted.into());
            }
            connection.write_all(&[*byte])
        }),
        Act::Hang => loop {
            if *shared.stopped() {
                return Err(io::ErrorKind::Interrupted.into());
            }
            more(connection.beneath())?;
        },
        Act::Beneath(bytes) => {
            let mut beneath = connection.beneath();
            beneath.write_all(bytes)
        }
        Act::Refuse => {
            shared.refusing.store(true, Ordering::SeqCst);
            // Whoever waits for the next connection gets one, and takes no more.
            TcpStream::connect(address).map(drop)
        }
    }
}

/// Looks whether there is anything to read. An error where the other side is gone.
fn more(connection: &TcpStream) -> io::Result<bool> {
    connection.set_read_timeout(Some(LOOK))?;
    match connection.peek(&mut [0]) {
        Ok(0) => Err(io::ErrorKind::ConnectionAborted.into()),
        Ok(_) => Ok(true),
        Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) => {
            Ok(false)
        }
        Err(error) => Err(error),
    }
}

fn read(shared: &Shared, connection: &mut Connection) -> io::Result<Request> {
    // What TLS has taken in already is not seen beneath it.
    while matches!(connection, Connection::Plain(_)) && !more(connection.beneath())? {
        if *shared.stopped() {
            return Err(io::ErrorKind::Interrupted.into());
        }
    }
    connection.beneath().set_read_timeout(Some(Duration::from_secs(10)))?;
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        connection.read_exact(&mut byte)?;
        head.push(byte[0]);
        // Not HTTP, so most likely TLS: answered in the clear, as a server without it does.
        if !head.iter().all(u8::is_ascii) || head.first().is_some_and(|byte| !byte.is_ascii_uppercase()) {
            connection.write_all(b"HTTP/1.1 400 x\r\ncontent-length: 0\r\n\r\n")?;
            return Err(io::ErrorKind::InvalidData.into());
        }
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    let mut lines = head.lines();
    let path = lines.next().and_then(|line| line.split(' ').nth(1)).unwrap_or_default().to_owned();
    let header = |line: &str| {
        line.split_once(':').map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
    };
    let headers: Vec<_> = lines.filter_map(header).collect();
    let length = headers.iter().find(|header| header.0 == "content-length");
    let length = length.and_then(|header| header.1.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    connection.read_exact(&mut body)?;
    Ok(Request { path, headers, body })
}
