//! `embedding-service [--data FOLDER] [--address IP:PORT] [--locale en|de] [--region CODE]`

use std::{error::Error, io::Write as _, net::SocketAddr, path::PathBuf, process::ExitCode};

use alliance::{
    backends::Reflective,
    safety::{Locale, Region},
};
use embedding_service::{Service, serve};
use tokio::net::TcpListener;

struct Args {
    data: PathBuf,
    address: SocketAddr,
    locale: Locale,
    region: Option<Region>,
}

impl Args {
    fn read(mut words: impl Iterator<Item = String>) -> Result<Self, Box<dyn Error + Send + Sync>> {
        let address = SocketAddr::from(([127, 0, 0, 1], 8080));
        let mut args =
            Self { data: "embedding-service-data".into(), address, locale: Locale::En, region: None };
        while let Some(option) = words.next() {
            let value = words.next().ok_or_else(|| format!("{option} needs a value"))?;
            match option.as_str() {
                "--data" => args.data = value.into(),
                "--address" => args.address = value.parse()?,
                "--locale" => args.locale = value.parse()?,
                "--region" => args.region = Some(value.parse()?),
                _ => return Err(format!("there is no option {option}").into()),
            }
        }
        Ok(args)
    }
}

const HELP: &str = "embedding-service [--data FOLDER] [--address IP:PORT] [--locale en|de] [--region CODE]

Serves one page at the address, 127.0.0.1:8080 by default, and keeps people in FOLDER.
";

#[tokio::main]
async fn main() -> ExitCode {
    if std::env::args().skip(1).any(|word| word == "--help" || word == "-h") {
        // Nobody reads the help any more if this fails, so there is nobody to tell.
        let _ = std::io::stdout().write_all(HELP.as_bytes());
        return ExitCode::SUCCESS;
    }
    let Err(error) = run().await else { return ExitCode::SUCCESS };
    let mut said = format!("embedding-service: {error}");
    let mut cause = error.source();
    while let Some(error) = cause {
        said = format!("{said}: {error}");
        cause = error.source();
    }
    let _ = writeln!(std::io::stderr(), "{said}");
    ExitCode::FAILURE
}

async fn run() -> Result<(), Box<dyn Error + Send + Sync>> {
    // What the engine traces holds lengths, ids and levels, and no words.
    tracing_subscriber::fmt().with_writer(std::io::stderr).init();
    let args = Args::read(std::env::args().skip(1))?;
    let service = Service::open(&args.data, Reflective::new(), args.locale, args.region).await?;
    let listener = TcpListener::bind(args.address).await?;
    tracing::info!(address = %listener.local_addr()?, "open the page in a browser");
    serve(listener, service, stop()).await?;
    Ok(())
}

/// Ready when the service is asked to stop.
async fn stop() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut term) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = term.recv() => return,
                _ = tokio::signal::ctrl_c() => return,
            }
        }
    }
    // Without a way to hear it, there is nothing to wait for.
    let _ = tokio::signal::ctrl_c().await;
}
