"""The native core of hpcflow. Not for users: see hpcflow."""

from collections.abc import Sequence
from typing import Any


INLINE_MAX_BYTES: int = 4096

FIRST_FREE_TOKEN: int = 16

TOKEN_TEMPLATE_LOST: int = 0

TOKEN_ENDED: int = 1

EDGE_VALUE: int = 1

EDGE_ALLOWS_FAILURE: int = 2

def encode_plain(value: object) -> bytes | None:
    """A plain value as a body, or None when it is not plain."""

def decode_plain(body: bytes) -> object:
    """The value of a plain body."""

class View:
    """A private, writable buffer over a block of the arena."""

def keep_views_for_children() -> None:
    """
    Before a fork: living views keep their content, whatever becomes of their blocks.
    """

class Run:
    """One run: what a future holds."""

    def ending(self) -> int:
        """How it ended (Ending), 0 while it has not."""

    def done(self) -> bool:
        """Whether it has ended."""

    def running(self) -> bool:
        """Whether a worker executes it now."""

    def wait(self, timeout_s: float | None = None) -> bool:
        """Wait until it has ended; False when the timeout passes first."""

    def cancel(self) -> bool:
        """Take it back; True when it had not begun and never will."""

    def outcome(self) -> tuple[int, bool, Any, list[Any] | None]:
        """
        How it ended and with what: (ending, is_plain, value or pickle stream, views).
        """

    def identity(self) -> tuple[int, int]:
        """What an outcome of Ending.UPSTREAM names."""

    def duration_us(self) -> float:
        """How long its last attempt took, in microseconds."""

    def slot(self) -> int:
        """The slot of its last attempt."""

    def attempt(self) -> int:
        """The number of its last attempt, from 1."""

    def number(self) -> int:
        """Its number within its engine."""

class Span:
    """All runs of one map."""

    def __len__(self) -> int: ...

    def run(self, index: int) -> Run:
        """One of its runs."""

    def wait(self, timeout_s: float | None = None, stops_at_failure: bool = False) -> bool:
        """Wait until all its runs have ended, or one has failed."""

    def open(self) -> int:
        """How many of its runs have not ended."""

    def failed(self) -> bool:
        """Whether a run has ended otherwise than with a value."""

    def first_failure(self) -> int:
        """
        The first run in order that has ended otherwise than with a value; -1: none.
        """

    def plain_values(self, missing: object) -> tuple[list[Any], list[int]]:
        """
        All values, with `missing` where one is not plain, and the indexes of those.
        """

class Watcher:
    """Waits for many runs at once."""

    def __init__(self) -> None: ...

    def add(self, run: Run, token: int) -> None:
        """Have `token` returned by take() once it ended."""

    def take(self, timeout_s: float | None = None) -> list[int]:
        """
        Tokens of runs that ended since the last call; empty when the timeout passes first.
        """

    def close(self) -> None:
        """Forget the runs that have not ended."""

class Function:
    """A function's code, in the arena for all workers to read."""

    @property
    def id(self) -> int:
        """The key under which workers keep it."""

class Body:
    """An encoded value that holds the blocks its buffers lie in."""

class Engine:
    """One arena, its lanes and its coordinator."""

    def __init__(self, slot_count: int, budget_bytes: int, breaks_on_death: bool, idle_close_s: float | None = None, runs_most: int = 0) -> None: ...

    def add_function(self, code: bytes, overlaps: bool = False) -> Function:
        """Put a function's bytes into the arena."""

    def pack(self, stream: bytes, buffers: Sequence[Any]) -> Body:
        """Make a body of a pickle stream and its out-of-band buffers."""

    def pack_table(self, items: list[bytes] | list[Body] | list[bytes | Body]) -> Body:
        """Make one body of those of a map's items."""

    def pack_plain_rows(self, columns: tuple[list[Any], ...], first: int, count: int) -> Body | None:
        """The same for rows of plain values; None when one is not plain."""

    def submit(self, function: Function, body: bytes | Body, common: bytes | Body | None = None, edges: Sequence[tuple[int, Run, int]] | None = None, max_attempts: int = 1, crash_delay_s: float = 0.0) -> Run | None:
        """Submit one run; None when the engine is closing."""

    def map(self, function: Function, count: int, chunks: list[bytes] | list[Body] | list[bytes | Body], chunk_items: int, common: bytes | Body | None = None, edges: Sequence[tuple[int, Run, int]] | None = None, max_attempts: int = 1, crash_delay_s: float = 0.0) -> Span | None:
        """Submit many runs of one function; None when the engine is closing."""

    def watch(self, run: Run, token: int) -> None:
        """Have take_events() return `token` + 16 once the run has ended."""

    def take_events(self, timeout_s: float) -> list[int]:
        """
        What happened: 0, a new template is needed; 1, the coordinator has ended; tokens.
        """

    def attach_template(self, socket: int, pidfd: int) -> bool:
        """
        Hand over the template's socket and pidfd. False when the engine is closing.
        """

    def cancel_open(self) -> None:
        """Cancel every run that has not begun."""

    def break_pool(self, reason: str) -> None:
        """End all runs as broken."""

    def close(self) -> None:
        """Accept nothing more, and end when all runs have ended."""

    def kill(self) -> None:
        """End now."""

    def join(self, timeout_s: float | None = None) -> bool:
        """Wait for the coordinator's end; False when the timeout passes first."""

    def release(self) -> None:
        """After join(): give memory and descriptors back."""

    def why_broken(self) -> str | tuple[int, int, int, int, int, int, str] | None:
        """None, a text, or the facts of a crash as in an outcome."""

    def slot_facts(self) -> list[tuple[int, int, float, int]]:
        """For each slot: (pid or 0, attempts, busy seconds, deaths)."""

    def story(self) -> str:
        """The graph in a line, for people who look for a fault."""

    @property
    def is_ours(self) -> bool:
        """False in a child forked from its process."""

    @property
    def is_released(self) -> bool:
        """Whether release() was called."""

    @property
    def is_broken(self) -> bool: ...

    @property
    def is_closed(self) -> bool: ...

    @property
    def arena_fd(self) -> int: ...

    @property
    def doorbell_fd(self) -> int: ...

    @property
    def committed_bytes(self) -> int: ...

    @property
    def budget_bytes(self) -> int: ...

class WorkerLane:
    """A worker's end of its lane."""

    def __init__(self, arena_fd: int, slot: int, slot_count: int, segment: int, budget_bytes: int, doorbell: int, arrays_in_place: bool) -> None: ...

    def claim(self, waits: bool = True) -> tuple[int, tuple[Any, ...] | None] | None:
        """
        Wait for the next run: (function id, plain arguments or None); None: leave, or, when it is not to wait, there is none.
        """

    def next_overlaps(self) -> bool | None:
        """
        Whether the run that would be claimed next overlaps with others; None: there is none.
        """

    def ring(self) -> None:
        """Tell the coordinator of what was published."""

    def set_aside(self) -> int:
        """
        Leave the claimed run open, and be free to claim another; returns a ticket.
        """

    def take_up(self, ticket: int) -> None:
        """Make the run with this ticket the claimed one again."""

    def arguments(self) -> tuple[bool, Any, list[Any] | None]:
        """The claimed run's own arguments, opened."""

    def common(self) -> tuple[bool, Any, list[Any] | None] | None:
        """The arguments of its whole span, opened, or None."""

    def upstreams(self) -> tuple[list[tuple[int, bool, Any, list[Any] | None]], list[tuple[int, bool, Any, list[Any] | None]]]:
        """Outcomes of its upstreams: (item's, span's)."""

    def function(self) -> bytes:
        """The bytes of its function."""

    @property
    def attempt(self) -> int: ...

    @property
    def function_id(self) -> int: ...

    @property
    def run_number(self) -> int:
        """The claimed run's number within its engine."""

    @property
    def has_claim(self) -> bool:
        """Whether a run is claimed whose end has not been sent."""

    @property
    def is_sealed(self) -> bool:
        """Whether its end is prepared."""

    def finish_plain(self, value: object | None) -> bool:
        """End it with a plain value; False when it is not plain."""

    def pack(self, kind: int, stream: bytes, buffers: Sequence[Any], delay_s: float = 0.0) -> None:
        """Prepare its end with a pickled value or error; publish() sends it."""

    def adopt_numpy(self) -> None:
        """Once NumPy is loaded, have it place large arrays where results lie."""

    def publish(self) -> None:
        """Send the prepared end, unless it has been sent."""

def die_with_parent(signal: int) -> None:
    """
    Have the kernel send `signal` to this process when its parent's thread ends.
    """

def adopt_orphans() -> None:
    """Become the parent of descendants whose own parent ends."""

def socket_pair() -> tuple[int, int]:
    """
    Two connected sockets for packets; importing Python's socket would take longer.
    """

def send_packet(socket: int, packet: bytes, descriptors: Sequence[int] = ()) -> None:
    """Send a packet, and copies of descriptors with it."""

def has_packet(socket: int) -> bool:
    """Whether a packet is there to be read now."""

def receive_descriptors(socket: int) -> list[int]:
    """
    Receive a packet of one byte, and give the descriptors that came with it.
    """

def move_out_of_reach(descriptor: int) -> int:
    """
    Give a descriptor a number that programs which close `all` descriptors do not come to.
    """

def name_process(name: str) -> None:
    """Set the name that ps shows for this process (15 bytes)."""

class Alarm:
    """A timer that sends a signal to the thread that made it."""

    def __init__(self, signal: int) -> None: ...

    def set(self, seconds: float) -> None:
        """Ring once after so many seconds; 0: not at all."""

def exit_on_signal(signal: int, status: int) -> None:
    """
    Have a signal end this process at once with an exit status, whatever its threads are doing.
    """

def raise_in_thread(thread: int, kind: type[BaseException] | None) -> bool:
    """
    Have a thread raise when it next executes Python; None takes back what it has not raised yet.
    """

class HeapProbe:
    """The bookkeeping of one segment, without memory. For tests only."""

    def __init__(self, capacity_bytes: int, first_generation: int = 1, large_bytes: int = 2097152) -> None: ...

    def allocate(self, size_bytes: int) -> tuple[int, int, int, list[tuple[int, int]]] | None:
        """
        Allocate; returns (offset, size_bytes, generation, cold extents), or None without room.
        """

    def abandon(self, block: tuple[int, int, int, Sequence[tuple[int, int]]]) -> None:
        """Undo an allocation, given what allocate() returned."""

    def release(self, offset: int, generation: int) -> bool:
        """Release a block; False when it is stale."""

    def trim(self, warm_reserve_bytes: int) -> list[tuple[int, int]]:
        """Turn free warm bytes cold beyond the reserve; returns the extents."""

    def check(self) -> str:
        """Return what invariant does not hold; empty when all do."""

    @property
    def capacity_bytes(self) -> int: ...

    @property
    def allocated_bytes(self) -> int: ...

    @property
    def warm_free_bytes(self) -> int: ...

    @property
    def committed_bytes(self) -> int: ...

    @property
    def block_count(self) -> int: ...

class GraphProbe:
    """The graph, without workers. For tests only."""

    def __init__(self, slot_count: int, breaks_on_death: bool = False, first_sequence: int = 0, runs_most: int = 0) -> None: ...

    def admit(self, count: int, chunk_items: int, edges: Sequence[tuple[int, int, int, bool]], max_attempts: int = 1, crash_delay_ns: int = 0, function: int = 0, overlaps: bool = False) -> int:
        """
        Admit a span whose edges are (item or -1, span, item, allows failure); returns its number.
        """

    def drop(self, span: int) -> None:
        """Leave the span to the graph alone."""

    def slot_opened(self, slot: int, now_ns: int) -> None:
        """A worker stands ready."""

    def slot_lost(self, slot: int, claimed: int, now_ns: int) -> None:
        """Its worker is gone; `claimed` is its claim's next."""

    def attempt_ended(self, slot: int, sequence: int, ending: str, duration_ns: int) -> str:
        """A worker reports an end; returns "ended" or "stale"."""

    def attempt_retries(self, slot: int, sequence: int, at_ns: int) -> str:
        """A worker asks for another attempt; returns "retries" or "stale"."""

    def leave(self, slot: int) -> None:
        """The slot's worker claims no more."""

    def recalled(self, slot: int, end: int) -> None:
        """Answer to the command "recall"."""

    def cancel(self, span: int, item: int) -> None:
        """Cancel a run."""

    def cancel_was_late(self, span: int, item: int) -> None:
        """The recall has been answered, and the run had begun."""

    def cancel_open(self) -> None:
        """Cancel all that have not begun."""

    def break_pool(self) -> None:
        """End everything."""

    def tick(self, now_ns: int) -> None:
        """Make due runs ready."""

    def schedule(self, now_ns: int) -> None:
        """Decide; take_commands() tells what."""

    def take_commands(self) -> list[tuple[str, int, int, int, int, int, str, tuple[int, int]]]:
        """
        The commands since the last call: (kind, slot, sequence, span, first, count, ending, cause).
        """

    def forget_closed(self) -> None:
        """The commands so far have been carried out."""

    def run_at(self, slot: int, sequence: int) -> tuple[int, int] | None:
        """
        The run that the next report of the slot is about, if that is its number.
        """

    def sequence_of(self, span: int, item: int) -> int | None:
        """An assigned run's sequence number."""

    def step(self, span: int, item: int) -> str:
        """Where the run is."""

    def ending(self, span: int, item: int) -> str:
        """How it ended, or "none"."""

    def attempt(self, span: int, item: int) -> int:
        """Its present or next attempt."""

    def backlog(self, slot: int) -> int:
        """Runs assigned to the slot and not reported."""

    def take_finished_cells(self, slot: int) -> int:
        """Cells finished since the last call."""

    def check(self) -> str:
        """Return what invariant does not hold; empty when all do."""

    def story(self) -> str:
        """Tell the graph's state."""

    @property
    def is_broken(self) -> bool: ...

    @property
    def is_stalled(self) -> bool: ...

    @property
    def open_runs(self) -> int: ...

    @property
    def ready_runs(self) -> int: ...

    @property
    def open_slots(self) -> int: ...

    @property
    def next_tick_ns(self) -> int: ...
