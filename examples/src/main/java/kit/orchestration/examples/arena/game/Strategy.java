package kit.orchestration.examples.arena.game;

import java.util.random.RandomGenerator;

/** How a player plays. */
public enum Strategy {
    /** Leaves a multiple of four whenever it can, which wins against everybody who doesn't. */
    CLEVER {
        @Override
        public int take(int left, RandomGenerator random) {
            int spare = left % (Stones.MOST + 1);
            return spare != 0 ? spare : 1;
        }
    },
    /** As many as it may. */
    GREEDY {
        @Override
        public int take(int left, RandomGenerator random) {
            return Math.min(Stones.MOST, left);
        }
    },
    /** One. */
    TIMID {
        @Override
        public int take(int left, RandomGenerator random) {
            return 1;
        }
    },
    /** Anything legal. */
    RANDOM {
        @Override
        public int take(int left, RandomGenerator random) {
            return 1 + random.nextInt(Math.min(Stones.MOST, left));
        }
    },
    /** Now and then more than it may: the server has to tell it so. */
    CLUMSY {
        @Override
        public int take(int left, RandomGenerator random) {
            return 1 + random.nextInt(Stones.MOST + 1);
        }
    },
    /** Leaves when half of the game is over. */
    QUITTER {
        @Override
        public int take(int left, RandomGenerator random) {
            return left < 10 ? LEAVE : 1;
        }
    };

    /** No move: the player hangs up. */
    public static final int LEAVE = 0;

    /**
     * How many stones to take, or {@link #LEAVE}.
     *
     * @param left how many there are
     */
    public abstract int take(int left, RandomGenerator random);
}
