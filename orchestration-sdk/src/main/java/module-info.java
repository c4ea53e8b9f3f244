/** The pod side: what a game server embeds, and what a backend implements for it. */
module kit.orchestration.sdk {
    requires static com.google.errorprone.annotations;
    requires static transitive org.jspecify;
    requires transitive kit.orchestration.core;
    requires transitive kit.orchestration.token;
    requires kit.orchestration.ledger;
    requires java.net.http;
    requires org.slf4j;

    exports kit.orchestration.sdk;
    exports kit.orchestration.sdk.agones;
    exports kit.orchestration.sdk.kubernetes;
}
