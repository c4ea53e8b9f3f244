package kit.orchestration.ledger.lease;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import kit.orchestration.ledger.lease.ModelServer.Thing;
import kit.orchestration.ledger.lease.Transport.Answer;
import kit.orchestration.ledger.lease.Watcher.Events;
import kit.orchestration.ledger.lease.Watcher.Snapshot;
import org.jspecify.annotations.Nullable;

/**
 * An API server in virtual time, with every vice that was seen of one: lists that take long, watches that are refused,
 * end at once, break, never answer, stand and say nothing, or know the version no more. What it has said is right, in
 * order, and on its way for a moment.
 */
final class ModelServer implements Watcher.Source<Thing> {

    /** The longest that a list takes. */
    static final Duration SLOW_LIST = Duration.ofSeconds(20);
    /** When whoever has asked for a watch gives it up. */
    static final Duration CONNECT = Duration.ofSeconds(5);
    /** The longest that an event is on its way. */
    static final Duration ON_ITS_WAY = Duration.ofMillis(300);

    /** An object, as of a version. */
    record Thing(String key, long version) {}

    /** A write, and when. */
    record Write(long version, String key, boolean gone, Duration at) {}

    private final VirtualTime time;
    private final Random random;
    final List<Write> writes = new ArrayList<>();
    private final Map<String, Long> things = new TreeMap<>();
    /** Versions of what was listed. */
    final IdentityHashMap<List<Thing>, Long> lists = new IdentityHashMap<>();

    private final List<Standing> standing = new ArrayList<>();
    private long version = 100;
    private long oldest = version;
    /** How many of a hundred requests go wrong. */
    int faults;
    /** Whether watches may stand and say nothing. */
    boolean silence = true;

    int requests;

    ModelServer(VirtualTime time, Random random) {
        this.time = time;
        this.random = random;
    }

    /** Somebody writes something, at a time that is over at most. */
    void write(Duration at) {
        String key = "k" + random.nextInt(6);
        boolean gone = things.containsKey(key) && random.nextInt(4) == 0;
        version += 1 + random.nextInt(3);
        if (gone) {
            things.remove(key);
        } else {
            things.put(key, version);
        }
        Write write = new Write(version, key, gone, at);
        writes.add(write);
        standing.forEach(each -> each.tell(write));
    }

    /** Versions up to here are too old to watch from, as after a restart. */
    void forget() {
        oldest = version;
        new ArrayList<>(standing).forEach(each -> each.breakOff(new IOException("connection reset")));
    }

    @Override
    public String name() {
        return "things";
    }

    @Override
    public CompletableFuture<Snapshot<Thing>> snapshot() {
        requests++;
        CompletableFuture<Snapshot<Thing>> answer = new CompletableFuture<>();
        boolean faulty = random.nextInt(100) < faults;
        Duration took = faulty && random.nextBoolean() ? upTo(SLOW_LIST) : upTo(Duration.ofMillis(50));
        int code = faulty && random.nextBoolean()
                ? List.of(403, 410, 429, 500, 503).get(random.nextInt(5))
                : 200;
        // The list is as it was at some time between question and answer.
        Duration first = Duration.ofNanos((long) (took.toNanos() * random.nextDouble()));
        after(first, () -> {
            List<Thing> objects = new ArrayList<>();
            things.forEach((key, at) -> objects.add(new Thing(key, at)));
            lists.put(objects, version);
            Snapshot<Thing> snapshot = new Snapshot<>(objects, Long.toString(version));
            after(took.minus(first), () -> {
                if (code == 200) {
                    answer.complete(snapshot);
                } else {
                    answer.completeExceptionally(ApiException.answered("listing things", new Answer(code, "", "")));
                }
            });
        });
        return answer;
    }

    @Override
    public Transport.Stream watch(String from, Duration length, Events<Thing> events) {
        requests++;
        Standing watch = new Standing(events, length);
        int vice = random.nextInt(100) < faults ? random.nextInt(6) : 6;
        after(upTo(Duration.ofMillis(30)), () -> {
            switch (vice) {
                case 0 -> watch.refuse(List.of(401, 403, 429, 500).get(random.nextInt(4)));
                case 1 -> after(CONNECT, () -> watch.breakOff(new IOException("no answer")));
                case 2 -> {
                    events.opened();
                    after(upTo(Duration.ofMillis(500)), () -> events.ended(null));
                }
                case 3 -> {
                    if (silence) {
                        events.opened(); // and nothing more, nor an end
                    } else {
                        watch.begin(Long.parseLong(from));
                    }
                }
                case 4 -> {
                    watch.begin(Long.parseLong(from));
                    after(upTo(length), () -> watch.breakOff(new IOException("connection reset")));
                }
                case 5 -> {
                    watch.begin(Long.parseLong(from));
                    after(upTo(length), () -> {
                        if (silence) {
                            standing.remove(watch); // the connection is dead, and nobody knows
                        }
                    });
                }
                default -> watch.begin(Long.parseLong(from));
            }
        });
        // What is on its way already comes all the same.
        return () -> after(upTo(Duration.ofSeconds(1)), () -> standing.remove(watch));
    }

    private final class Standing {
        private final Events<Thing> events;
        private final Duration length;
        private Duration lastAt = Duration.ZERO;
        private boolean over;

        Standing(Events<Thing> events, Duration length) {
            this.events = events;
            this.length = length;
        }

        void begin(long from) {
            if (from < oldest) {
                events.opened();
                onWay(() -> end(ApiException.answered("watching things", new Answer(410, "", ""))));
                return;
            }
            events.opened();
            standing.add(this);
            writes.stream().filter(write -> write.version() > from).forEach(this::tell);
            after(length.minusSeconds(2), () -> {
                if (standing.contains(this)) {
                    String at = Long.toString(version);
                    onWay(() -> events.heard(at));
                }
            });
            after(length, () -> {
                if (standing.remove(this)) {
                    onWay(() -> end(null));
                }
            });
        }

        void tell(Write write) {
            Thing thing = new Thing(write.key(), write.version());
            String at = Long.toString(write.version());
            onWay(() -> {
                if (write.gone()) {
                    events.gone(at, thing);
                } else {
                    events.seen(at, thing);
                }
            });
        }

        void breakOff(IOException failure) {
            standing.remove(this);
            end(ApiException.failed("watching things", failure));
        }

        void refuse(int code) {
            end(ApiException.answered("watching things", new Answer(code, "", "")));
        }

        private void end(@Nullable ApiException error) {
            if (!over) {
                over = true;
                events.ended(error);
            }
        }

        /** One after the other, each for a moment. */
        private void onWay(Runnable news) {
            Duration at = time.time().plus(upTo(ON_ITS_WAY));
            lastAt = at.compareTo(lastAt) > 0 ? at : lastAt;
            after(lastAt.minus(time.time()), () -> {
                if (!over) {
                    news.run();
                }
            });
        }
    }

    private void after(Duration delay, Runnable task) {
        time.schedule(task, Math.max(0, delay.toNanos()), java.util.concurrent.TimeUnit.NANOSECONDS);
    }

    private Duration upTo(Duration most) {
        return Duration.ofNanos((long) (most.toNanos() * random.nextDouble()));
    }
}
