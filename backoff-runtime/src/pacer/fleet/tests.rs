//! Processes that share a limit, on a paused clock: one coordinator, and no way between them.

use std::future::poll_fn;
use std::sync::Arc;
use std::task::Poll;
use std::time::{Duration, Instant};

use tokio::task::JoinSet;
use tokio::time::{self, timeout};

use super::*;
use crate::pacer::{Pacer, Place, Turn};

/// The clock that all share begins long ago.
const BEGAN: Duration = Duration::from_secs(1_700_000_000);

/// A fleet whose coordinator hears all at once.
struct Fleet {
    start: Instant,
    coordinator: Coordinator,
    members: Vec<Member<Arc<Pacer>>>,
    /// Who hears nothing, and is not heard.
    cut_off: Option<usize>,
}

impl Fleet {
    fn of(count: usize, pacer: fn() -> Pacer) -> Self {
        let members: Vec<_> = (0..count).map(|_| Member::join(Arc::new(pacer()))).collect();
        let coordinator = Coordinator::new(&members[0].pacer().clone());
        Self { start: time::Instant::now().into_std(), coordinator, members, cut_off: None }
    }

    fn pacer(&self, member: usize) -> Arc<Pacer> {
        self.members[member].pacer().clone()
    }

    fn now(&self) -> Duration {
        BEGAN + time::Instant::now().into_std().saturating_duration_since(self.start)
    }

    fn local(&self) -> impl Fn(Duration) -> Instant + use<> {
        let start = self.start;
        move |shared| start + shared.saturating_sub(BEGAN)
    }

    /// Carries reports and grants until the future is done.
    async fn until<T>(&mut self, done: impl Future<Output = T>) -> T {
        let mut done = std::pin::pin!(done);
        let mut beat = time::Instant::now();
        loop {
            let always = time::Instant::now() >= beat;
            if always {
                beat += Duration::from_millis(500);
            }
            let due = self.coordinator.due().map_or(beat, |due| (self.local()(due)).into());
            let next = poll_fn(|context| {
                if let Poll::Ready(over) = done.as_mut().poll(context) {
                    return Poll::Ready(Some(over));
                }
                let now = self.now();
                let mut heard = always;
                for (number, member) in self.members.iter().enumerate() {
                    if self.cut_off == Some(number) {
                        continue;
                    }
                    if let Some(report) = member.report(always && member.is_active(), context.waker()) {
                        self.coordinator.hear(now, &number.to_string(), report);
                        heard = true;
                    }
                }
                if heard { Poll::Ready(None) } else { Poll::Pending }
            });
            if let Ok(Some(over)) = time::timeout_at(due.min(beat), next).await {
                return over;
            }
            let now = self.now();
            for (member, grants) in self.coordinator.grant(now, Duration::ZERO) {
                let number: usize = member.parse().unwrap();
                if self.cut_off != Some(number) {
                    self.members[number].granted(grants, self.local());
                }
            }
            for member in &self.members {
                member.told(self.coordinator.status(), self.local());
            }
        }
    }
}

async fn turn(pacer: &Pacer) -> Turn<'_> {
    pacer.turn(Place::back(), None).await.unwrap()
}

/// So many calls at once, of which each takes 50 ms: when they were made.
async fn calls(pacer: Arc<Pacer>, count: u32) -> Vec<Duration> {
    let start = time::Instant::now();
    let mut tasks = JoinSet::new();
    for _ in 0..count {
        let pacer = pacer.clone();
        tasks.spawn(async move {
            let turn = turn(&pacer).await;
            let at = start.elapsed();
            time::sleep(Duration::from_millis(50)).await;
            turn.accepted();
            at
        });
    }
    let mut made = tasks.join_all().await;
    made.sort();
    made
}

fn ten_a_second() -> Pacer {
    Pacer::per_second(10.0).margin(1.0)
}

#[tokio::test(start_paused = true)]
async fn all_processes_together_keep_to_the_limit_and_each_has_its_part() {
    let mut fleet = Fleet::of(4, ten_a_second);
    let all: Vec<_> = (0..4).map(|member| tokio::spawn(calls(fleet.pacer(member), 25))).collect();
    let made = fleet.until(async {
        let mut made = Vec::new();
        for calls in all {
            made.push(calls.await.unwrap());
        }
        made
    });
    let made = made.await;
    let mut all: Vec<_> = made.concat();
    all.sort();
    assert!(all.windows(2).all(|two| two[1].abs_diff(two[0]) >= Duration::from_millis(98)), "{all:?}");
    assert!(*all.last().unwrap() <= Duration::from_millis(9_950), "{all:?}");
    for calls in made {
        let half = calls.iter().filter(|at| **at < Duration::from_secs(5)).count();
        assert!((11..=14).contains(&half), "{half} of 25 calls in half the time");
    }
}

#[tokio::test(start_paused = true)]
async fn another_process_goes_on_with_the_coordinator_where_it_was() {
    let mut fleet = Fleet::of(2, || Pacer::per(10, "1m"));
    let first = tokio::spawn(calls(fleet.pacer(0), 10));
    fleet.until(first).await.unwrap();
    let stored = rmp_serde::to_vec_named(&fleet.coordinator).unwrap();
    fleet.coordinator = rmp_serde::from_slice(&stored).unwrap();
    assert!(fleet.coordinator.is_for(&fleet.pacer(1)));
    let late = tokio::spawn(calls(fleet.pacer(1), 1));
    let late = fleet.until(late).await.unwrap();
    assert!(late[0] >= Duration::from_millis(59_900), "{late:?}");
}

#[tokio::test(start_paused = true)]
async fn who_is_gone_holds_nobody_up() {
    let mut fleet = Fleet::of(2, || Pacer::adaptive().max_in_flight(1));
    let gone = fleet.pacer(0);
    let held = fleet.until(turn(&gone)).await;
    let other = fleet.pacer(1);
    fleet.cut_off = Some(0);
    let other = fleet.until(timeout(Duration::from_secs(10), turn(&other))).await;
    assert!(other.is_ok());
    drop(held);
}

#[tokio::test(start_paused = true)]
async fn a_turn_that_is_lost_on_the_way_is_given_again() {
    let mut fleet = Fleet::of(1, ten_a_second);
    let pacer = fleet.pacer(0);
    let waiting = tokio::spawn(calls(pacer, 3));
    time::sleep(Duration::from_millis(1)).await;
    let report = fleet.members[0].report(true, std::task::Waker::noop()).unwrap();
    let now = fleet.now();
    fleet.coordinator.hear(now, "0", report);
    assert_eq!(fleet.coordinator.grant(now, Duration::ZERO).len(), 1, "it is never delivered");
    let made = fleet.until(timeout(Duration::from_secs(10), waiting)).await;
    assert_eq!(made.unwrap().unwrap().len(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_report_that_comes_twice_is_heard_once() {
    let mut fleet = Fleet::of(1, ten_a_second);
    let pacer = fleet.pacer(0);
    fleet.until(turn(&pacer)).await.accepted();
    let report = fleet.members[0].report(true, std::task::Waker::noop()).unwrap();
    let now = fleet.now();
    assert!(!fleet.coordinator.is_idle());
    fleet.coordinator.hear(now, "0", report.clone());
    assert!(fleet.coordinator.is_idle());
    assert_eq!(fleet.coordinator.hear(now, "0", report), Heard::default());
    assert!(fleet.coordinator.is_idle());
}

#[tokio::test(start_paused = true)]
async fn a_caller_that_leaves_gives_its_turn_back() {
    let mut fleet = Fleet::of(2, || Pacer::per_second(1.0).margin(1.0));
    let (first, second) = (fleet.pacer(0), fleet.pacer(1));
    fleet.until(turn(&first)).await.accepted();
    let start = time::Instant::now();
    let impatient = timeout(Duration::from_millis(300), turn(&first));
    let (left, came) = fleet.until(async { tokio::join!(impatient, turn(&second)) }).await;
    assert!(left.is_err());
    came.accepted();
    assert!(start.elapsed() < Duration::from_millis(1100), "{:?}", start.elapsed());
}

#[tokio::test(start_paused = true)]
async fn who_reaches_nobody_goes_on_with_its_part_of_the_limit() {
    let mut fleet = Fleet::of(4, ten_a_second);
    for member in 0..4 {
        let pacer = fleet.pacer(member);
        fleet.until(turn(&pacer)).await.accepted();
    }
    let pacer = fleet.pacer(0);
    assert!(pacer.state().fleet.is_some_and(|fleet| fleet.is_reached && fleet.members == 4));
    fleet.members[0].part();
    assert_eq!((pacer.rate(), pacer.state().fleet.map(|fleet| fleet.is_reached)), (Some(2.5), Some(false)));
    let made = calls(pacer.clone(), 11).await;
    let (first, all) = (made[0], made[10].abs_diff(made[0]));
    assert!(first <= Duration::from_millis(402), "{made:?}");
    assert!(all >= Duration::from_millis(3998) && all < Duration::from_millis(4100), "{made:?}");
    fleet.members[0].rejoin();
    let start = time::Instant::now();
    let back = tokio::spawn(calls(pacer.clone(), 11));
    fleet.until(back).await.unwrap();
    assert!(start.elapsed() < Duration::from_millis(1200), "{:?}", start.elapsed());
    assert!(pacer.state().fleet.is_some_and(|fleet| fleet.is_reached));
}

#[tokio::test(start_paused = true)]
async fn who_leaves_while_nobody_is_reached_keeps_to_its_part() {
    let mut fleet = Fleet::of(4, ten_a_second);
    for member in 0..4 {
        let pacer = fleet.pacer(member);
        fleet.until(turn(&pacer)).await.accepted();
    }
    let pacer = fleet.pacer(0);
    fleet.members[0].part();
    drop(fleet);
    assert_eq!(pacer.rate(), Some(2.5));
}

#[tokio::test(start_paused = true)]
async fn those_who_go_on_by_themselves_at_once_do_not_all_call_at_once() {
    let mut fleet = Fleet::of(8, ten_a_second);
    for member in 0..8 {
        let pacer = fleet.pacer(member);
        fleet.until(turn(&pacer)).await.accepted();
    }
    // Nothing is asked of their pacers in the meantime.
    time::sleep(Duration::from_secs(3)).await;
    let mut made = JoinSet::new();
    for member in &fleet.members {
        member.part();
        made.spawn(calls(member.pacer().clone(), 1));
    }
    let made: Vec<_> = made.join_all().await.concat();
    let (first, last) = (made.iter().min().unwrap(), made.iter().max().unwrap());
    assert!(last.abs_diff(*first) >= Duration::from_millis(50), "{made:?}");
    assert!(*last <= Duration::from_millis(850), "{made:?}");
}

#[tokio::test(start_paused = true)]
async fn a_turn_that_was_taken_late_makes_those_long_after_it_no_later() {
    let mut fleet = Fleet::of(2, ten_a_second);
    let all = [0, 1].map(|member| tokio::spawn(calls(fleet.pacer(member), 10)));
    time::sleep(Duration::from_millis(1)).await;
    let report = fleet.members[0].report(true, std::task::Waker::noop()).unwrap();
    fleet.coordinator.hear(fleet.now(), "0", report);
    let grants = fleet.coordinator.grant(fleet.now(), Duration::ZERO).remove(0).1;
    time::sleep(Duration::from_millis(60)).await;
    fleet.members[0].granted(grants, fleet.local());
    let mut made = Vec::new();
    for calls in all {
        made.extend(fleet.until(calls).await.unwrap());
    }
    made.sort();
    let distances = made[1..].windows(2).map(|two| two[1].abs_diff(two[0]));
    assert!(distances.min() >= Some(Duration::from_millis(98)), "{made:?}");
}

#[tokio::test(start_paused = true)]
async fn what_each_call_costs_counts_for_all() {
    let mut fleet = Fleet::of(2, || Pacer::per_second(10.0).margin(1.0));
    let (first, second) = (fleet.pacer(0), fleet.pacer(1));
    let start = time::Instant::now();
    let costly = async {
        for _ in 0..5 {
            first.turn(Place::back().with_cost(10), None).await.unwrap().accepted();
        }
    };
    let cheap = async {
        for _ in 0..5 {
            turn(&second).await.accepted();
        }
    };
    fleet.until(async { tokio::join!(costly, cheap) }).await;
    let elapsed = start.elapsed().as_secs_f64();
    assert!((4.3..5.6).contains(&elapsed), "{elapsed}");
}

#[tokio::test(start_paused = true)]
async fn a_deadline_is_kept_and_known_as_soon_as_the_gate_is_closed() {
    let mut fleet = Fleet::of(2, Pacer::adaptive);
    let (first, second) = (fleet.pacer(0), fleet.pacer(1));
    fleet.until(turn(&first)).await.throttled(Some(Duration::from_secs(60)));
    let start = time::Instant::now();
    let deadline = start.into_std() + Duration::from_secs(30);
    let none = fleet.until(second.turn(Place::back(), Some(deadline))).await;
    assert!(none.is_none() && start.elapsed() < Duration::from_secs(1), "{:?}", start.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_new_rate_holds_for_all() {
    let mut fleet = Fleet::of(2, ten_a_second);
    let (first, second) = (fleet.pacer(0), fleet.pacer(1));
    first.set_rate(100.0).unwrap();
    fleet.until(turn(&second)).await.accepted();
    fleet.until(time::sleep(Duration::from_millis(10))).await;
    assert_eq!((first.rate(), second.rate()), (Some(100.0), Some(100.0)));
}

#[tokio::test(start_paused = true)]
async fn a_process_alone_paces_as_a_pacer_that_is_not_shared() {
    let alone = calls(Arc::new(ten_a_second()), 100).await;
    let mut fleet = Fleet::of(1, ten_a_second);
    let shared = tokio::spawn(calls(fleet.pacer(0), 100));
    let shared = fleet.until(shared).await.unwrap();
    let late = shared.last().unwrap().abs_diff(*alone.last().unwrap());
    assert!(late <= Duration::from_millis(5), "{late:?}");
}

#[tokio::test(start_paused = true)]
async fn turns_that_come_late_do_not_go_at_once() {
    let mut fleet = Fleet::of(1, ten_a_second);
    let pacer = fleet.pacer(0);
    let waiting = tokio::spawn(calls(pacer, 10));
    time::sleep(Duration::from_millis(1)).await;
    let report = fleet.members[0].report(true, std::task::Waker::noop()).unwrap();
    let now = fleet.now();
    fleet.coordinator.hear(now, "0", report);
    let ahead = Duration::from_millis(450);
    let grants = fleet.coordinator.grant(now, ahead).remove(0).1;
    time::sleep(Duration::from_millis(800)).await;
    fleet.members[0].granted(grants, fleet.local());
    let made = fleet.until(waiting).await.unwrap();
    let (first, fifth) = (made[0].as_millis(), made[4].as_millis());
    assert!((800..=810).contains(&first) && (1195..=1215).contains(&fifth), "{made:?}");
}

#[tokio::test(start_paused = true)]
async fn turns_of_which_the_first_is_taken_late_do_not_go_at_once() {
    let mut fleet = Fleet::of(1, ten_a_second);
    let pacer = fleet.pacer(0);
    let waiting = tokio::spawn(calls(pacer, 10));
    time::sleep(Duration::from_millis(1)).await;
    let report = fleet.members[0].report(true, std::task::Waker::noop()).unwrap();
    let now = fleet.now();
    fleet.coordinator.hear(now, "0", report);
    let grants = fleet.coordinator.grant(now, Duration::from_millis(450)).remove(0).1;
    fleet.members[0].granted(grants, fleet.local());
    // Nobody is polled before that.
    time::advance(Duration::from_millis(350)).await;
    let made = fleet.until(waiting).await.unwrap();
    let (first, fourth) = (made[0].as_millis(), made[3].as_millis());
    assert!(first >= 350 && fourth - first >= 295, "{made:?}");
}

#[tokio::test(start_paused = true)]
async fn turns_that_a_process_slept_through_are_void() {
    let mut fleet = Fleet::of(1, ten_a_second);
    let pacer = fleet.pacer(0);
    let waiting = tokio::spawn(calls(pacer.clone(), 10));
    time::sleep(Duration::from_millis(1)).await;
    let report = fleet.members[0].report(true, std::task::Waker::noop()).unwrap();
    let now = fleet.now();
    fleet.coordinator.hear(now, "0", report);
    let grants = fleet.coordinator.grant(now, Duration::from_millis(450)).remove(0).1;
    time::sleep(Duration::from_secs(3)).await;
    fleet.members[0].granted(grants, fleet.local());
    tokio::task::yield_now().await;
    assert_eq!(pacer.in_flight(), 0);
    fleet.until(waiting).await.unwrap();
    assert!(fleet.coordinator.is_idle() || pacer.waiting() == 0);
}
