package kit.orchestration.sdk.agones;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.stream.Stream;
import kit.orchestration.ledger.AgonesNames;
import kit.orchestration.ledger.lease.Loop;
import kit.orchestration.sdk.ClaimedSlot;
import kit.orchestration.sdk.PlatformListener;
import kit.orchestration.sdk.agones.ListWrites.Write;
import kit.orchestration.sdk.platform.FindingPod;
import kit.orchestration.token.VerificationKey;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * This process's hold of the pod: takes in each version of the GameServer, tells the SDK what differs, and sees to what
 * is due. Confined to the pod's {@link Loop}, but where it says so.
 *
 * <p>Until the GameServer shows this process's labels, whatever the list holds is an earlier process's: its allocator
 * read the earlier boot. Allocators read and write a GameServer in one step, so a value that comes after the labels is
 * ours.
 */
final class SidecarPod extends FindingPod implements AgonesPod {

    private static final Logger log = LoggerFactory.getLogger(SidecarPod.class);

    /** A pod is nearly full if one slot in so many is free, or only one is. */
    private static final int NEARLY_FULL = 10;

    /**
     * When the sidecar is asked for a session, counted from the question: its own view comes by a watch, too. Measured
     * on a real allocator and sidecars, 64 callers: every player was in after 331 ms.
     */
    static final List<Duration> TRIES =
            Stream.of(0, 50, 150, 400, 1_000).map(Duration::ofMillis).toList();

    private final Identity identity;
    private final PlatformListener listener;
    private final PodLabels labels;
    private final ListedClaims claims;
    private final Notes notes;
    private final ListWrites writes;
    private final States states;
    private final Presence presence;
    private final Pulse pulse;
    private final KeyRing keys = new KeyRing();

    private final SidecarWatch watch;

    private Sighting last;
    private boolean settled;
    private boolean saidOpen;
    private boolean draining;
    /** Nothing is freed any more before allocators can see that the pod is closed. */
    private boolean ending;

    private volatile boolean held;
    private boolean over;
    private volatile @Nullable String lost;

    /** The patience is how long a sidecar that can't be asked for a session is tried. */
    SidecarPod(
            SidecarClient sidecar,
            Pulse pulse,
            Identity identity,
            String boot,
            Sighting first,
            PlatformListener listener,
            Loop loop,
            Duration patience,
            Duration showEvery,
            @Nullable Duration idleToReady) {
        super(loop, TRIES, patience);
        this.identity = identity;
        this.listener = listener;
        this.pulse = pulse;
        this.last = first;
        claims = new ListedClaims(boot);
        labels = new PodLabels(sidecar, boot, loop);
        notes = new Notes(claims, keys);
        writes = new ListWrites(sidecar, this::due, this::isHurried, loop);
        states = new States(
                sidecar, claims::standing, () -> labels.isOpenShown() && claims.size() == 0, idleToReady, false, loop);
        presence = new Presence(
                loop, showEvery, this::isSought, text -> sidecar.setAnnotation(Presence.ANNOTATION, text), boot);
        watch = new SidecarWatch(sidecar, loop, this::seen);
    }

    /** Takes the pod over. */
    @Override
    public void start() {
        watch.seen(last);
        presence.start();
        watch.start();
    }

    private void seen(Sighting newer) {
        last = newer;
        presence.seen(newer.server().annotations());
        take();
    }

    @Override
    protected void act(boolean isWaitedFor) {
        if (!over) {
            labels.step();
            if (!ending || labels.areShown()) {
                writes.step();
            }
            states.step();
        }
    }

    @Override
    protected CompletionStage<Void> read() {
        return watch.read();
    }

    @Override
    protected Optional<ClaimedSlot> claim(String sessionId) {
        return Optional.ofNullable(claims.find(sessionId));
    }

    @Override
    public void open(boolean open) {
        if (!draining) {
            saidOpen = open;
            labels.want(open && !held);
            if (open) {
                states.wantReady();
            }
        }
    }

    @Override
    public Optional<String> asked() {
        return held ? Optional.of(AgonesPod.asked(name())) : Optional.empty();
    }

    @Override
    public void drain() {
        draining = true;
        labels.want(false);
    }

    @Override
    public void end() {
        super.end();
        ending = true;
    }

    @Override
    public void stop() {
        over = true;
        presence.stop();
        watch.close();
        super.stop();
    }

    @Override
    public void free(ClaimedSlot claim) {
        claims.end(claim.sessionId());
        step();
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
    public Optional<VerificationKey> key(String kid) {
        return keys.get(kid);
    }

    @Override
    public boolean isSaid() {
        return over || labels.areShown();
    }

    @Override
    public boolean isClean() {
        return over || (settled && claims.over().isEmpty());
    }

    @Override
    public boolean isServing() {
        return states.isServing();
    }

    @Override
    public States states() {
        return states;
    }

    @Override
    public Optional<String> lost() {
        return Optional.ofNullable(lost);
    }

    @Override
    public String name() {
        return "GameServer " + identity.gameServer();
    }

    @Override
    public String reasons() {
        String unsaid = labels.problem();
        String cut = watch.problem();
        return (unsaid.isEmpty() ? "" : "; " + unsaid) + (cut.isEmpty() ? "" : "; its watch: " + cut);
    }

    private void take() {
        AgonesGameServer server = last.server();
        List<String> values = last.list(identity.list()).values();
        labels.seen(server.labels());
        List<String> left = last.list(AgonesNames.NOTES).values();
        pulse.period(last.heartbeat());
        if (!settled) {
            claims.leave(values);
            notes.leave(left);
            settled = labels.areShown();
        } else if (labels.isAnotherBoot()) {
            log.error(
                    "{} was taken over by another process: this one gets no more claims. Does the SDK run in two "
                            + "containers of the pod?",
                    name());
            labels.stop();
            states.stop();
            lost = "another process has taken " + name() + " over";
            over = true;
            watch.close();
            listener.lost();
        } else {
            List<String> released = notes.update(left); // with the keys of the claims' tokens
            claims.update(values, listener);
            released.forEach(this::released);
        }
        held = server.labels().containsKey(AgonesNames.DRAIN_LABEL);
        labels.want(saidOpen && !draining && !held);
        if (last.leaving() && !draining) {
            log.info("{} was deleted: the pod drains", name());
            drain();
        }
        states.seen(server.state(), identity.gameServer());
        step();
    }

    /** Of a session that has ended the note goes in the same round. */
    private List<Write> due() {
        List<Write> due = new ArrayList<>(notes.due(value -> writes.isGoing(AgonesNames.NOTES, value)));
        claims.over().forEach(value -> due.add(new Write(identity.list(), value, false)));
        return due;
    }

    private void released(String key) {
        String session = claims.sessionOf(key);
        if (session != null) {
            listener.revoked(session);
        }
    }

    /** Whether an ended session's slot may be waited for, or there is little time. */
    private boolean isHurried() {
        long capacity = last.list(identity.list()).capacity();
        return draining || !settled || capacity - claims.size() <= Math.max(1, capacity / NEARLY_FULL);
    }

    /** Whether allocators have to find it: for a claim, or for the release of one. */
    private boolean isSought() {
        return !over && states.isServing() && (labels.isOpenShown() || claims.size() > 0);
    }
}
