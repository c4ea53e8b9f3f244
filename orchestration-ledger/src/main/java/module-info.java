/** How a claim is written down, by what client, and what may become of it. Not API: it may change with any release. */
@SuppressWarnings("module") // those it is for are compiled after it
module kit.orchestration.ledger {
    requires transitive kit.orchestration.core;
    requires com.fasterxml.jackson.core;
    requires org.slf4j;
    requires static transitive org.jspecify;

    exports kit.orchestration.ledger to
            kit.orchestration.agones,
            kit.orchestration.k8s,
            kit.orchestration.sdk;
    exports kit.orchestration.ledger.lease to
            kit.orchestration.k8s,
            kit.orchestration.sdk;
}
