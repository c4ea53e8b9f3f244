/** The session-pool API: what matchmaker code calls, and nothing else. */
module kit.orchestration.core {
    requires static transitive org.jspecify;

    exports kit.orchestration;
}
