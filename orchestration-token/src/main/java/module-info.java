/** Session tokens: signing, verifying, keys. */
module kit.orchestration.token {
    requires transitive kit.orchestration.core;
    requires com.nimbusds.jose.jwt;
    requires static com.amazon.corretto.crypto.provider;
    requires static transitive org.jspecify;

    exports kit.orchestration.token;
}
