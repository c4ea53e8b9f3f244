/** Support for backends, not API: the index of pods, reserve-then-commit, group commit, the waiting room. */
module kit.orchestration.engine {
    requires transitive kit.orchestration.core;
    requires static com.google.errorprone.annotations;
    requires static org.jspecify;
    requires org.slf4j;

    exports kit.orchestration.engine;
}
