//! The only code that awaits: does what the machine asks for, in order, and tells it what came of it.

use std::{
    collections::VecDeque,
    future::poll_fn,
    pin::{Pin, pin},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use futures::{
    FutureExt, Stream, StreamExt,
    future::{BoxFuture, Either, select},
    poll,
    stream::FuturesUnordered,
    task::AtomicWaker,
};

use crate::{
    backend::{BackendError, BackendErrorKind, Chunk, ChunkStream},
    clock::Timer,
    consent::Draft,
    escalation::Notice,
    reading,
    session::Shared,
    turn::{Effect, Input, Machine, Piece, TurnEvent},
};

/// `future`, or nothing where it takes longer than `span`. What is ready at once costs no timer.
pub(crate) async fn within<F: Future>(timer: &dyn Timer, span: Duration, future: F) -> Option<F::Output> {
    let mut future = pin!(future);
    if let Poll::Ready(value) = poll!(future.as_mut()) {
        return Some(value);
    }
    match select(future, timer.sleep(span)).await {
        Either::Left((value, _)) => Some(value),
        Either::Right(_) => None,
    }
}

/// One event on its way from the driver to the host. The driver goes on when it was taken.
#[derive(Debug, Default)]
pub(crate) struct Mailbox(Mutex<Option<TurnEvent>>);

impl Mailbox {
    pub(crate) fn take(&self) -> Option<TurnEvent> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    async fn deliver(&self, event: TurnEvent) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(event);
        // The same task takes the event and polls again, so there is nobody to wake.
        poll_fn(|_| {
            let taken = self.0.lock().unwrap_or_else(PoisonError::into_inner).is_none();
            if taken { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
    }
}

/// Cuts a running turn off.
#[derive(Debug, Default)]
pub(crate) struct Cut {
    asked: AtomicBool,
    waker: AtomicWaker,
}

impl Cut {
    pub(crate) fn ask(&self) {
        self.asked.store(true, Ordering::Release);
        self.waker.wake();
    }

    fn poll_asked(&self, cx: &Context<'_>) -> bool {
        self.waker.register(cx.waker());
        self.asked.swap(false, Ordering::AcqRel)
    }
}

/// A model at work.
enum Generation {
    Idle,
    Starting(BoxFuture<'static, Result<ChunkStream, BackendError>>),
    Streaming(ChunkStream),
}

/// Runs one turn to its end.
pub(crate) struct Driver {
    shared: Arc<Shared>,
    machine: Arc<Mutex<Machine>>,
    mailbox: Arc<Mailbox>,
    cut: Arc<Cut>,
    /// Work whose outcome matters even when the turn is over.
    work: FuturesUnordered<BoxFuture<'static, Input>>,
    /// Waiting that ends with the turn.
    waits: FuturesUnordered<BoxFuture<'static, Input>>,
    generation: Generation,
    deadline: Option<BoxFuture<'static, ()>>,
}

impl Driver {
    pub(crate) fn new(
        shared: Arc<Shared>,
        machine: Arc<Mutex<Machine>>,
        mailbox: Arc<Mailbox>,
        cut: Arc<Cut>,
    ) -> Self {
        Self {
            shared,
            machine,
            mailbox,
            cut,
            work: FuturesUnordered::new(),
            waits: FuturesUnordered::new(),
            generation: Generation::Idle,
            deadline: None,
        }
    }

    pub(crate) async fn run(mut self) {
        let mut effects = VecDeque::from(self.step(Input::Begin));
        loop {
            while let Some(effect) = effects.pop_front() {
                match effect {
                    Effect::Emit(done @ TurnEvent::Done(_)) => {
                        tracing::debug!(session = %self.shared.id, event = ?done, "turn over");
                        // First the rest is put away: whoever has `Done` may drop the turn.
                        let mailbox = self.mailbox.clone();
                        self.leave();
                        return mailbox.deliver(done).await;
                    }
                    Effect::Emit(event) => {
                        if let TurnEvent::Trouble(trouble) = &event {
                            tracing::warn!(session = %self.shared.id, ?trouble, "a part did not do its work");
                        }
                        self.mailbox.deliver(event).await;
                    }
                    other => self.start(other),
                }
            }
            let input = poll_fn(|cx| self.poll_input(cx)).await;
            effects.extend(self.step(input));
        }
    }

    fn step(&self, input: Input) -> Vec<Effect> {
        self.machine.lock().unwrap_or_else(PoisonError::into_inner).step(input)
    }

    fn start(&mut self, effect: Effect) {
        let shared = self.shared.clone();
        match effect {
            Effect::Emit(_) => {}
            Effect::Audit(screening) => {
                let kept = shared.audit(screening.decisions(), screening.text());
                self.work.extend(kept.map(|kept| kept.map(Input::Audited).boxed()));
            }
            Effect::LookUp => {
                let turn = self.machine.lock().unwrap_or_else(PoisonError::into_inner).setup().turn;
                self.waits.push(async move { Input::LookedUp(shared.look_up(turn).await) }.boxed());
            }
            Effect::Append(piece, draft) => {
                let own = draft.ids();
                self.queue(piece, draft);
                // It ends with the turn: what is queued stays queued, and a write that nobody polled any more
                // would keep everybody else from writing.
                self.waits.push(async move { Input::Appended(shared.flush(&own).await) }.boxed());
            }
            Effect::Queue(piece, draft) => self.queue(piece, draft),
            Effect::Classify(screening) => {
                for index in 0..shared.parts.classifiers.len() {
                    let (shared, screening) = (shared.clone(), screening.clone());
                    self.waits.push(
                        async move { Input::Classified(index, shared.classify(index, &screening).await) }
                            .boxed(),
                    );
                }
            }
            Effect::Recall(cue) => {
                self.waits.push(async move { Input::Recalled(shared.recall(&cue).await) }.boxed());
            }
            Effect::Read(form) => {
                let machine = self.machine.clone();
                let read = async move {
                    let (said, before) = {
                        let machine = machine.lock().unwrap_or_else(PoisonError::into_inner);
                        (machine.screening().clone(), machine.setup().exchanges.last().cloned())
                    };
                    Input::Read(reading::read(&shared.parts, &said, before.as_ref(), &form).await)
                };
                self.waits.push(read.boxed());
            }
            Effect::ReadKept => {
                self.waits.push(async move { Input::Kept(shared.kept().await) }.boxed());
            }
            Effect::Generate(prompt, wait) => {
                let start = async move {
                    if !wait.is_zero() {
                        shared.parts.timer.sleep(wait).await;
                    }
                    shared.parts.backend.generate(prompt).await
                };
                self.generation = Generation::Starting(start.boxed());
            }
            Effect::StopGenerating => self.generation = Generation::Idle,
            Effect::Deliver(notice) => self.work.push(deliver(shared, self.machine.clone(), notice).boxed()),
            Effect::AwaitReflection => {
                let time = shared.parts.timer.sleep(shared.parts.limits.reflection);
                self.waits.push(time.map(|()| Input::ReflectionOver).boxed());
            }
            Effect::AwaitGrace => {
                let grace = shared.parts.timer.sleep(shared.parts.limits.crisis_grace);
                self.waits.push(grace.map(|()| Input::GraceOver).boxed());
            }
        }
    }

    fn queue(&self, piece: Piece, draft: Draft) {
        let mut machine = self.machine.lock().unwrap_or_else(PoisonError::into_inner);
        self.shared.queue_of_turn(machine.setup(), [draft]);
        machine.note_queued(piece);
    }

    /// What happens next. The order is fixed, so that the same outcomes give the same words.
    fn poll_input(&mut self, cx: &mut Context<'_>) -> Poll<Input> {
        if self.cut.poll_asked(cx) {
            return Poll::Ready(Input::Interrupt);
        }
        self.shared.poll_background(cx);
        for set in [&mut self.work, &mut self.waits] {
            if let Poll::Ready(Some(input)) = Pin::new(set).poll_next(cx) {
                return Poll::Ready(input);
            }
        }
        // A backend that always has something to say must not outlive the turn, so time is looked at first.
        let timer = &self.shared.parts.timer;
        let deadline = self.deadline.get_or_insert_with(|| timer.sleep(self.shared.parts.limits.turn));
        if deadline.as_mut().poll(cx).is_ready() {
            self.deadline = None;
            return Poll::Ready(Input::Deadline);
        }
        self.poll_generation(cx)
    }

    fn poll_generation(&mut self, cx: &mut Context<'_>) -> Poll<Input> {
        loop {
            let item = match &mut self.generation {
                Generation::Idle => return Poll::Pending,
                Generation::Starting(start) => match std::task::ready!(start.as_mut().poll(cx)) {
                    Ok(stream) => {
                        self.generation = Generation::Streaming(stream);
                        continue;
                    }
                    Err(error) => Some(Err(error)),
                },
                Generation::Streaming(stream) => std::task::ready!(stream.poll_next_unpin(cx)),
            };
            let input = match item {
                Some(Ok(Chunk::Words(words))) => return Poll::Ready(Input::Words(words)),
                Some(Ok(Chunk::End { stop, usage })) => Input::Ended(stop, usage),
                Some(Err(error)) => Input::Broke(error.kind, error.retry_after.unwrap_or_default()),
                // A stream that just stops was cut off.
                None => Input::Broke(BackendErrorKind::Malformed, Duration::ZERO),
            };
            self.generation = Generation::Idle;
            return Poll::Ready(input);
        }
    }

    /// The turn is over. What is still out goes on beside: the next call or `run_due` works it off.
    fn leave(self) {
        let mut machine = self.machine.lock().unwrap_or_else(PoisonError::into_inner);
        self.shared.settle_turn(&mut machine);
        drop(machine);
        let rest = self.work.into_iter().map(|work| work.map(|_| ()).boxed());
        self.shared.keep_working(rest.collect());
    }
}

/// Tells a human. What is acknowledged after its turn had ended is noted for the next one.
async fn deliver(shared: Arc<Shared>, machine: Arc<Mutex<Machine>>, notice: Arc<Notice>) -> Input {
    let parts = &shared.parts;
    let Some(sink) = parts.escalation.sink() else { return Input::Told(false) };
    let told = within(&*parts.timer, parts.limits.delivery, sink.deliver(&notice)).await;
    let told = matches!(told, Some(Ok(())));
    let late = {
        let machine = machine.lock().unwrap_or_else(PoisonError::into_inner);
        (told && machine.is_closing()).then(|| machine.late_acknowledgement())
    };
    if let Some(draft) = late {
        // Queued only: the next write takes it along.
        shared.note_told_later(draft);
    }
    Input::Told(told)
}
