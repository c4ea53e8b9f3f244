package kit.orchestration.sdk.agones;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import kit.orchestration.PodAddress;
import kit.orchestration.ledger.AgonesNames;
import kit.orchestration.ledger.lease.Alarm;
import kit.orchestration.ledger.lease.ApiException;
import kit.orchestration.ledger.lease.Loop;
import kit.orchestration.ledger.lease.Retry;
import kit.orchestration.sdk.ClaimedSlot;
import kit.orchestration.sdk.Platform;
import kit.orchestration.sdk.PlatformException;
import kit.orchestration.sdk.PlatformListener;
import kit.orchestration.sdk.platform.HeldPod;
import kit.orchestration.token.VerificationKey;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A pod that Agones hosts, and whose slots another platform keeps: tells the sidecar the pod's life, and the slots
 * whether the pod takes claims, and where players dial it. Confined to the pod's {@link Loop}, but where it says so.
 *
 * <p>Agones deletes servers that are Ready, and not those that are Allocated. So a claim is told to the SDK, which lets
 * its player in, only once the GameServer is seen Allocated, and nothing that was asked for may still undo that.
 */
final class HostedPod extends HeldPod implements AgonesPod {

    private static final Logger log = LoggerFactory.getLogger(HostedPod.class);

    /** What the slots are told. */
    private record Word(
            boolean open, boolean drained, @Nullable PodAddress address) {}

    /** A claim that is not told yet, who asks for it, and what ends that. */
    private record Arrival(ClaimedSlot claim, List<CompletableFuture<Optional<ClaimedSlot>>> asks, Future<?> timer) {}

    private final Platform slots;
    private final PlatformListener listener;
    private final Executor caller;
    private final Pulse pulse;
    private final States states;
    private final SessionCounter counter;
    private final SidecarWatch watch;
    private final Retry retry = new Retry("telling the pod's slots whether it takes claims");

    /** The sessions that were told, and are not freed, and their slots. */
    private final Map<String, Integer> told = new HashMap<>();
    /** Those that are not told yet, in their order. */
    private final Map<String, Arrival> arrivals = new LinkedHashMap<>();

    private final String name;
    private final String portName;
    private volatile Sighting last;
    private boolean saidOpen;
    /** Whether the game has ever said that it takes sessions. */
    private boolean begun;

    private boolean draining;
    /** Whether it was Ready or Allocated, and has since been no more than on its way back to Ready. */
    private boolean serving;

    /** Where players dial it, if the game says that itself. */
    private @Nullable PodAddress announced;
    /** Where they do if not: as the GameServer says; null while it says nothing. */
    private @Nullable PodAddress dialled;
    /** Why the GameServer's address can't be dialled; empty if it can, or it has none yet. */
    private volatile String undialable = "";

    /** What the slots have taken in; null if that is not known, since they failed. */
    private @Nullable Word said = new Word(false, false, null);
    /** What they were told last, and may have refused. */
    private @Nullable Word tried;

    private boolean telling;
    private final Alarm again;
    private boolean over;
    private volatile boolean held;
    /** Whether the game takes sessions, and its server does not. */
    private volatile boolean waits;

    /** The caller runs what blocks, one after the other. */
    HostedPod(
            SidecarClient sidecar,
            Pulse pulse,
            Sighting first,
            Platform slots,
            PlatformListener listener,
            Executor caller,
            Loop loop,
            Duration patience,
            Duration idleToReady,
            String portName) {
        super(loop, patience);
        this.portName = portName;
        this.slots = slots;
        this.listener = listener;
        this.caller = caller;
        this.pulse = pulse;
        this.last = first;
        this.name = "GameServer " + first.server().name();
        again = new Alarm(loop, this::step);
        states = new States(
                sidecar, this::standing, () -> standing() == 0 && (begun || draining), idleToReady, true, loop);
        states.afterwards(this::step);
        counter = new SessionCounter(sidecar, this::standing, loop);
        watch = new SidecarWatch(sidecar, loop, this::seen);
    }

    @Override
    public void start() {
        watch.seen(last);
        watch.start();
    }

    /** What the slots tell. Any thread. */
    PlatformListener arriving() {
        return new PlatformListener() {
            @Override
            public void claimed(ClaimedSlot claim) {
                loop.offer(() -> arrived(claim));
            }

            @Override
            public void revoked(String sessionId) {
                loop.offer(() -> HostedPod.this.revoked(sessionId));
            }

            @Override
            public void gone(String sessionId) {
                loop.offer(() -> HostedPod.this.gone(sessionId));
            }

            @Override
            public void lost() {
                loop.offer(HostedPod.this::takenOver);
            }
        };
    }

    private void seen(Sighting newer) {
        last = newer;
        AgonesGameServer server = newer.server();
        pulse.period(newer.heartbeat());
        counter.seen(newer.counters());
        states.seen(server.state(), server.name());
        serving = states.isServing() || (serving && server.state().equals(States.REQUEST_READY));
        dialled = dialled(server);
        held = server.labels().containsKey(AgonesNames.DRAIN_LABEL);
        if (newer.leaving() && !draining) {
            log.info("{} was deleted: the pod drains", name);
            drain();
        }
        step();
    }

    private @Nullable PodAddress dialled(AgonesGameServer server) {
        try {
            undialable = "";
            return server.podAddress(portName).orElse(null);
        } catch (IllegalArgumentException | NoSuchElementException e) {
            undialable = Objects.toString(e.getMessage(), "");
            return null;
        }
    }

    // ---- claims ----

    private void arrived(ClaimedSlot claim) {
        Arrival arrival = arrivals.get(claim.sessionId());
        if (told.containsKey(claim.sessionId())) {
            listener.claimed(claim); // in another slot: it frees that
        } else if (arrival != null && arrival.claim().slot() != claim.slot()) {
            slots.free(claim); // somebody has copied it
        } else if (!over) {
            arrival(claim);
            step();
        }
    }

    /** It is told with the next step, or as soon as the server is Allocated. */
    private Arrival arrival(ClaimedSlot claim) {
        return arrivals.computeIfAbsent(
                claim.sessionId(),
                id -> new Arrival(claim, new ArrayList<>(), loop.after(claim.ttl(), () -> expired(claim))));
    }

    private void revoked(String sessionId) {
        Arrival arrival = arrivals.get(sessionId);
        if (arrival == null) {
            listener.revoked(sessionId);
        } else { // nobody can have started it
            dismiss(arrival.claim());
        }
    }

    private void gone(String sessionId) {
        withdraw(sessionId);
        listener.gone(sessionId);
        step();
    }

    private void expired(ClaimedSlot claim) {
        log.warn(
                "session {} has expired before {} was Allocated: nobody was let in{}",
                claim.sessionId(),
                name,
                reasons());
        dismiss(claim);
    }

    /** Its free is written in a while; until then it is found, and the SDK must know that it is over. */
    private void dismiss(ClaimedSlot claim) {
        gone(claim.sessionId());
        slots.free(claim);
    }

    /** It stands no more. */
    private void withdraw(String sessionId) {
        told.remove(sessionId);
        Arrival arrival = arrivals.remove(sessionId);
        if (arrival != null) {
            arrival.timer().cancel(false);
            arrival.asks().forEach(ask -> ask.complete(Optional.empty()));
        }
    }

    private void takenOver() {
        stop();
        listener.lost();
    }

    @Override
    public void free(ClaimedSlot claim) {
        told.remove(claim.sessionId(), claim.slot());
        slots.free(claim);
        step();
    }

    @Override
    public void find(String sessionId, String kid, CompletableFuture<Optional<ClaimedSlot>> answer) {
        slots.find(sessionId, kid).whenComplete((found, failure) -> {
            if (failure != null) {
                answer.completeExceptionally(ApiException.cause(failure));
            } else if (found.isEmpty()) {
                answer.complete(found);
            } else if (!loop.offer(() -> asked(found.get(), answer))) {
                answer.completeExceptionally(closed());
            }
        });
    }

    /** A player is here before the claim was told. */
    private void asked(ClaimedSlot claim, CompletableFuture<Optional<ClaimedSlot>> answer) {
        if (over) {
            answer.completeExceptionally(closed());
        } else if (told.containsKey(claim.sessionId())) {
            answer.complete(Optional.of(claim));
        } else {
            arrival(claim).asks().add(answer);
            step();
        }
    }

    /** How many sessions have slots. */
    private int standing() {
        return told.size() + arrivals.size();
    }

    private static PlatformException closed() {
        return new PlatformException("the pod is closed", null);
    }

    @Override
    public Optional<VerificationKey> key(String kid) {
        return slots.key(kid);
    }

    private void tellArrivals() {
        if (states.isAllocated()) {
            List<Arrival> arrived = List.copyOf(arrivals.values());
            arrivals.clear();
            for (Arrival arrival : arrived) {
                arrival.timer().cancel(false);
                told.put(arrival.claim().sessionId(), arrival.claim().slot());
                listener.claimed(arrival.claim());
                arrival.asks().forEach(ask -> ask.complete(Optional.of(arrival.claim())));
            }
        }
    }

    // ---- the pod's word ----

    @Override
    public void open(boolean open) {
        saidOpen = open;
        begun |= open;
        if (open && !draining) {
            states.wantReady();
        }
    }

    @Override
    public void drain() {
        draining = true;
    }

    @Override
    public void end() {
        super.end();
        slots.ending(); // before the slots that are freed next
    }

    @Override
    public void goBack() {
        states.goBack();
        step();
    }

    @Override
    public void shutdown() {
        drain();
        states.wantShutdown();
        step();
    }

    @Override
    public void stop() {
        over = true;
        watch.close();
        states.stop();
        counter.stop();
        arrivals.values().forEach(arrival -> {
            arrival.timer().cancel(false);
            arrival.asks().forEach(ask -> ask.completeExceptionally(closed()));
        });
        arrivals.clear();
        step();
    }

    /** Players dial this, whatever the GameServer says. */
    void address(PodAddress address) {
        announced = address;
    }

    private Word word() {
        PodAddress address = announced != null ? announced : dialled;
        // A claim would wait in vain while the sidecar does not do what it is asked.
        boolean isHosted = serving && (states.isAllocated() || states.problem().isEmpty());
        return new Word(saidOpen && isHosted && !held && !draining && address != null, draining, address);
    }

    @Override
    protected void act(boolean isWaitedFor) {
        if (over) {
            return;
        }
        states.step();
        counter.step();
        tellArrivals();
        Word word = word();
        waits = saidOpen && !draining && !word.open();
        if (telling || word.equals(said) || (again.isSet() && word.equals(tried))) {
            return;
        }
        again.off();
        telling = true;
        tried = word;
        PodAddress address = said != null && Objects.equals(word.address(), said.address()) ? null : word.address();
        loop.whenDone(
                CompletableFuture.runAsync(() -> tell(word, address), caller),
                (done, failure) -> wasTold(word, failure));
    }

    /** Where it is dialled, if that is another than before, is said before it is open. */
    private void tell(Word word, @Nullable PodAddress address) {
        if (word.drained()) {
            slots.drain();
            return;
        }
        if (address != null) {
            slots.address(address);
        }
        slots.ready(word.open());
    }

    /** What it tries on is repeated nevertheless: so it is known when it is done. */
    private void wasTold(Word word, @Nullable Throwable failure) {
        telling = false;
        if (failure == null) {
            retry.succeeded();
            said = word;
        } else {
            said = null; // it may be tried on
            Throwable cause = ApiException.cause(failure);
            again.set(retry.failed(Objects.toString(cause.getMessage(), cause.toString()))
                    .toNanos());
        }
        step();
    }

    // ---- what is seen ----

    @Override
    public boolean isSaid() {
        return over || word().equals(said);
    }

    /** A word that is on its way is no problem; one that the slots refuse is. */
    @Override
    protected boolean holdsMeanwhile() {
        return retry.problem().isEmpty();
    }

    /** What has ended is the slots' to write. */
    @Override
    public boolean isClean() {
        return true;
    }

    @Override
    public Optional<String> problem() {
        return undialable.isEmpty() ? super.problem() : Optional.of(name + " can't be dialled: " + undialable);
    }

    /** Agones, or what the slots say: what is wrong there they have said when they were told. */
    @Override
    public Optional<String> asked() {
        return held
                ? Optional.of(AgonesPod.asked(name))
                : waits ? Optional.of(name + " takes no sessions yet" + reasons()) : slots.problem();
    }

    @Override
    public boolean isServing() {
        return said != null && (said.open() || held || draining);
    }

    @Override
    public Optional<String> lost() {
        return slots.lost();
    }

    @Override
    public States states() {
        return states;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public String reasons() {
        String cut = watch.problem();
        String unsaid = retry.problem();
        String state = states.isUnhealthy() ? "Unhealthy, which is final: the Fleet replaces it" : states.state();
        String asking = states.problem();
        return "; it is in state " + state
                + (last.server().address().isEmpty() ? "; it has no address yet" : "")
                + (asking.isEmpty() ? "" : "; " + asking)
                + (unsaid.isEmpty() ? "" : "; " + unsaid)
                + (cut.isEmpty() ? "" : "; its watch: " + cut);
    }
}
