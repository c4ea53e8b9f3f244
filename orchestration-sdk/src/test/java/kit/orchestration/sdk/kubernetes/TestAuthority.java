package kit.orchestration.sdk.kubernetes;

/** A certificate that vouches for nobody; its key was thrown away. */
final class TestAuthority {

    static final String PEM = """
            -----BEGIN CERTIFICATE-----
            MIIBNTCB3aADAgECAghf2//1TimKPzAKBggqhkjOPQQDAjAPMQ0wCwYDVQQDEwR0
            ZXN0MCAXDTI2MTEyMjIyMDc0MFoYDzIxMjYxMDI5MjIwNzQwWjAPMQ0wCwYDVQQD
            EwR0ZXN0MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAES5jqvb1cd3OpnkBxKa+M
            iVK+yTnNi+8eV5HKKXt7Sx0BiKVs4KR0+oKermR6+zBf6UEAfEJmVsbMwrc1maWF
            aqMhMB8wHQYDVR0OBBYEFCaiSpwmY0kM7j5rmuxbcdS2L1nBMAoGCCqGSM49BAMC
            A0cAMEQCIF0hmnOrkUnRhDlNvrwX6/BeoPSmYyPT1kcuPTAOBCBEAiAxULBWRFrM
            O0JytsgC72DFDW3elJIvtmdPgiaeJ2k9oA==
            -----END CERTIFICATE-----
            """;

    private TestAuthority() {}
}
