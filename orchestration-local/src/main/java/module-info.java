/** Pools in one process: for tests of matchmaker and game server code, for games on one machine. */
module kit.orchestration.local {
    requires transitive kit.orchestration.core;
    requires transitive kit.orchestration.sdk;
    requires kit.orchestration.engine;
    requires kit.orchestration.token;
    requires static com.google.errorprone.annotations;
    requires static org.jspecify;
    requires org.slf4j;

    exports kit.orchestration.local;
}
