package kit.orchestration.examples.arena.game;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class StonesTest {

    @Test
    void whoTakesTheLastStoneWins() {
        Stones game = new Stones(5);

        assertThat(game.take(3)).isFalse();
        assertThat(game.turn()).isEqualTo(1);
        assertThat(game.take(2)).isTrue();
        assertThat(game.left()).isZero();
    }

    @Test
    void oneToThreeMayBeTakenAndNoMoreThanThereAre() {
        Stones game = new Stones(4);

        assertThat(game.isLegal(0)).isFalse();
        assertThat(game.isLegal(4)).isFalse();
        game.take(2);
        assertThat(game.isLegal(3)).isFalse();
        assertThatThrownBy(() -> game.take(3)).hasMessage("one may take 1 to 2, not 3");
        assertThat(game.left()).isEqualTo(2);
    }

    @Test
    void aHeapHasStones() {
        assertThatThrownBy(() -> new Stones(0)).hasMessage("stones must be at least 1, was 0");
    }
}
