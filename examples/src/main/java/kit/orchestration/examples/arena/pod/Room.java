package kit.orchestration.examples.arena.pod;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import kit.orchestration.examples.arena.game.Stones;
import kit.orchestration.examples.arena.net.Words;
import kit.orchestration.sdk.Session;

/**
 * A session: two players and a heap of stones. One thread and a mailbox, so the game needs no lock: connections and the
 * SDK post letters, and the room alone plays, speaks and closes the session.
 */
final class Room implements Runnable {

    private static final Duration OPPONENT_TIME = Duration.ofSeconds(5);
    private static final Duration MOVE_TIME = Duration.ofSeconds(5);
    private static final int PATIENCE = 3;
    private static final String DEFAULT_STONES = "21";

    private final Session session;
    private final List<Seat> seats = new ArrayList<>();

    /** Guarded by itself, with {@link #closed}: a letter is either read or refused. */
    private final BlockingQueue<Letter> mailbox = new LinkedBlockingQueue<>();

    private boolean closed;

    Room(Session session) {
        this.session = session;
    }

    /** Hands the room a letter; false if it is closed. */
    boolean post(Letter letter) {
        synchronized (mailbox) {
            return !closed && mailbox.add(letter);
        }
    }

    @Override
    public void run() {
        try {
            String winner = areBothHere() ? play() : Words.NOBODY;
            // The slot is given back before the players are told: who plays again at once finds room.
            session.close();
            tellAll(Words.OVER, winner);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            session.close();
            close();
        }
    }

    private boolean areBothHere() throws InterruptedException {
        while (seats.size() < 2) {
            if (!(next(OPPONENT_TIME) instanceof Letter.Came came)) {
                return false; // too late, or one has left: whatever a lone player says is not to be waited for either
            }
            came.seat().tell(Words.WELCOME, session.id(), seats.size());
            seats.add(came.seat());
        }
        return true;
    }

    /** Referees a game. Returns the winner's seat. */
    private String play() throws InterruptedException {
        Stones game = new Stones(stones());
        seats.get(0).tell(Words.START, seats.get(1).name(), game.left());
        seats.get(1).tell(Words.START, seats.get(0).name(), game.left());
        seats.get(0).tell(Words.TURN, game.left());
        int mistakes = 0;
        while (mistakes < PATIENCE) {
            Letter letter = next(MOVE_TIME);
            if (letter instanceof Letter.Said said && said.seat().equals(seats.get(game.turn()))) {
                int mover = game.turn();
                int stones = stonesTaken(said.line());
                if (!game.isLegal(stones)) {
                    mistakes++;
                    said.seat().tell(Words.ILLEGAL);
                    continue;
                }
                mistakes = 0;
                boolean won = game.take(stones);
                tellAll(Words.TOOK, mover, stones, game.left());
                if (won) {
                    return Integer.toString(mover);
                }
                seats.get(game.turn()).tell(Words.TURN, game.left());
            } else if (letter instanceof Letter.Said said) {
                said.seat().tell(Words.ILLEGAL); // not its turn
            } else if (letter instanceof Letter.Left left && seats.contains(left.seat())) {
                return Integer.toString(1 - seats.indexOf(left.seat()));
            } else if (letter instanceof Letter.Came third) {
                third.seat().tell(Words.REFUSED);
                third.seat().dismiss();
            } else if (letter instanceof Letter.BrokenOff) {
                return Words.NOBODY;
            } else if (letter instanceof Letter.TooLate) {
                break;
            }
        }
        return Integer.toString(1 - game.turn()); // who does not move, or can't, loses
    }

    /** What the matchmaker has written on the request; the pod reads it from the claim. */
    private int stones() {
        String stones = session.annotations().getOrDefault("stones", DEFAULT_STONES);
        return Integer.parseInt(stones.matches("[1-9][0-9]{0,2}") ? stones : DEFAULT_STONES);
    }

    private static int stonesTaken(String line) {
        return line.matches(Words.TAKE + " [0-9]{1,3}") ? Integer.parseInt(line.substring(Words.TAKE.length() + 1)) : 0;
    }

    private Letter next(Duration within) throws InterruptedException {
        Letter letter = mailbox.poll(within.toMillis(), TimeUnit.MILLISECONDS);
        return letter != null ? letter : new Letter.TooLate();
    }

    private void tellAll(Object... words) {
        seats.forEach(seat -> seat.tell(words));
    }

    private void close() {
        synchronized (mailbox) {
            closed = true;
        }
        for (Letter letter = mailbox.poll(); letter != null; letter = mailbox.poll()) {
            if (letter instanceof Letter.Came late) {
                late.seat().tell(Words.REFUSED);
                late.seat().dismiss();
            }
        }
        seats.forEach(Seat::dismiss);
    }
}
