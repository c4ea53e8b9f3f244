package kit.orchestration.examples.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import kit.orchestration.AllocateReq;
import kit.orchestration.Allocation;
import kit.orchestration.Allocator;

/**
 * Sessions of a pool, each with its player.
 *
 * @param players the players
 */
record Guests(List<Player> players) implements AutoCloseable {

    private static final Duration LONG = Duration.ofMinutes(2);
    private static final Duration MOMENT = Duration.ofMillis(10);

    /** So many, each allocated and entered. */
    static Guests fill(Allocator allocator, String pool, int slots) throws Exception {
        List<Player> players = new ArrayList<>();
        for (int i = 0; i < slots; i++) {
            Allocation allocation =
                    allocator.allocate(AllocateReq.builder(pool).maxWait(LONG).build());
            players.add(Player.enter(allocation));
        }
        return new Guests(players);
    }

    /** They play on, and end when they like. */
    void sayGoodbye() {
        assertThat(players).allSatisfy(player -> assertThat(player.play(MOMENT)).isNull());
    }

    /** The player never hears of it, or hears that the connection is broken. */
    void areCut() {
        assertThat(players).allSatisfy(player -> assertThat(player.play(LONG)).isNotNull());
    }

    /** Nobody has cut them. */
    void playOn() {
        assertThat(players)
                .allSatisfy(player -> assertThat(player.hears(MOMENT)).isNull());
    }

    @Override
    public void close() {
        players.forEach(Player::close);
    }
}
