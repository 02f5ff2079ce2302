//! Start, schedule and stop.

use std::{future::Future, io, pin::pin, time::Duration};

use alliance::clock::{Timer, TokioTimer};
use futures::future::{Either, select};
use tokio::{net::TcpListener, sync::oneshot};

use crate::{route::router, service::Service};

/// How often what is due is looked at.
const EVERY: Duration = Duration::from_secs(60);

/// How long connections have to end once the service stops.
const PATIENCE: Duration = Duration::from_secs(10);

/// Answers until `stop` is ready; then ends what runs and writes what is queued.
///
/// # Errors
///
/// What the listener says.
pub async fn serve(
    listener: TcpListener,
    service: Service,
    stop: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let schedule = tokio::spawn(work_off(service.clone()));
    let (stopping, stopped) = oneshot::channel::<()>();
    let stop = {
        let service = service.clone();
        async move {
            stop.await;
            // A turn that is cut off ends at once, and with it its connection.
            service.interrupt_all();
            let _ = stopping.send(());
        }
    };
    let serving = axum::serve(listener, router(service.clone())).with_graceful_shutdown(stop);
    let out_of_patience = pin!(async {
        // An end of the service without a stop drops the sender.
        let _ = stopped.await;
        TokioTimer.sleep(PATIENCE).await;
    });
    let served = match select(serving.into_future(), out_of_patience).await {
        Either::Left((served, _)) => served,
        // Somebody does not take what is sent to them. Their turn is dropped, with what they took.
        Either::Right(_) => Ok(()),
    };
    schedule.abort();
    // Until it has let go of the store, nobody else can open that.
    let _ = schedule.await;
    let unwritten = service.settle_all().await;
    if unwritten > 0 {
        tracing::warn!(sessions = unwritten, "the store did not take everything");
    }
    service.work_off().await;
    served
}

async fn work_off(service: Service) {
    loop {
        service.work_off().await;
        service.tidy().await;
        TokioTimer.sleep(EVERY).await;
    }
}
