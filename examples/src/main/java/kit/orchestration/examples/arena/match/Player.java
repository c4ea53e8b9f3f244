package kit.orchestration.examples.arena.match;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import kit.orchestration.Allocation;
import kit.orchestration.examples.arena.game.Stones;
import kit.orchestration.examples.arena.game.Strategy;
import kit.orchestration.examples.arena.net.LineConnection;
import kit.orchestration.examples.arena.net.Words;
import kit.orchestration.examples.arena.record.Event;
import kit.orchestration.examples.arena.record.Journal;

/**
 * A client: dials the address it was given, shows the token, and plays. It believes nothing: the session must be the
 * one it was promised, so must the opponent, and it follows the game by its own count of the stones.
 */
final class Player {

    private static final Duration ANSWER_TIME = Duration.ofSeconds(10);

    private final String match;
    private final String name;
    private final String opponent;
    private final Strategy strategy;
    private final Pace pace;
    private final Journal journal;
    private final RandomGenerator random;

    /** A player of a match; the seed decides its chances. */
    Player(String match, String name, String opponent, Strategy strategy, long seed, Pace pace, Journal journal) {
        this.match = match;
        this.name = name;
        this.opponent = opponent;
        this.strategy = strategy;
        this.pace = pace;
        this.journal = journal;
        random = new SplittableRandom(seed);
    }

    /**
     * Plays the match.
     *
     * @param stones how large the heap was said to be
     * @throws IOException if the connection broke, or something was not as it should be
     */
    void play(Allocation allocation, int stones) throws IOException, InterruptedException {
        try (LineConnection server = LineConnection.dial(allocation.podAddress(), ANSWER_TIME)) {
            server.send(Words.HELLO + " " + allocation.token().encoded() + " " + name);
            List<String> welcome = expect(server, Words.WELCOME, 2);
            check("session", allocation.sessionId(), welcome.get(1));
            int seat = number(welcome.get(2));
            List<String> start = expect(server, Words.START, 2);
            check("opponent", opponent, start.get(1));
            check("stones", Integer.toString(stones), start.get(2));
            journal.add(new Event.Joined(match, name, allocation.sessionId()));
            String winner = new Table(server, seat, stones).play() == seat ? name : opponent;
            journal.add(new Event.Finished(match, name, allocation.sessionId(), winner));
        }
    }

    /** The game as the player sees it. */
    private final class Table {

        private final LineConnection server;
        private final int seat;
        private final Stones game;

        Table(LineConnection server, int seat, int stones) {
            this.server = server;
            this.seat = seat;
            this.game = new Stones(stones);
        }

        /** Returns the winner's seat. */
        int play() throws IOException, InterruptedException {
            while (true) {
                List<String> words = next(server);
                switch (words.get(0) + words.size()) {
                    case Words.TURN + 2 -> {
                        check("turn", seat, game.turn());
                        check("stones left", game.left(), number(words.get(1)));
                        int take = think();
                        if (take == Strategy.LEAVE) {
                            return 1 - seat;
                        }
                        server.send(Words.TAKE + " " + take);
                    }
                    case Words.ILLEGAL + 1 -> {
                        check("turn", seat, game.turn());
                        server.send(Words.TAKE + " 1"); // which is always legal
                    }
                    case Words.TOOK + 4 -> {
                        check("mover", game.turn(), number(words.get(1)));
                        int taken = number(words.get(2));
                        check("a legal move", true, game.isLegal(taken));
                        game.take(taken);
                        check("stones left", game.left(), number(words.get(3)));
                    }
                    case Words.OVER + 2 -> {
                        return over(words.get(1));
                    }
                    default -> throw new IOException("what was that: " + words);
                }
            }
        }

        private int think() throws InterruptedException {
            pace.think(random);
            return strategy.take(game.left(), random);
        }

        private int over(String winner) throws IOException {
            if (game.left() == 0) {
                check("winner", Integer.toString(1 - game.turn()), winner); // who took the last stone
            } else {
                check("winner", Integer.toString(seat), winner); // the opponent has left
            }
            return number(winner);
        }
    }

    private static List<String> expect(LineConnection server, String word, int arguments) throws IOException {
        List<String> words = next(server);
        check("answer", word, words.get(0));
        check("number of words after " + word, arguments, words.size() - 1);
        return words;
    }

    private static List<String> next(LineConnection server) throws IOException {
        String line = server.read(ANSWER_TIME);
        if (line == null) {
            throw new IOException("the server hung up");
        }
        return List.of(line.split(" ", -1));
    }

    private static int number(String word) throws IOException {
        try {
            return Integer.parseInt(word);
        } catch (NumberFormatException e) {
            throw new IOException("not a number: " + word, e);
        }
    }

    private static void check(String what, Object expected, Object seen) throws IOException {
        if (!expected.equals(seen)) {
            throw new IOException("%s should be %s, was %s".formatted(what, expected, seen));
        }
    }
}
