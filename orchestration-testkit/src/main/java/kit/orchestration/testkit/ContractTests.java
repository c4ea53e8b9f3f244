package kit.orchestration.testkit;

/** What tests of a backend are given, those of the contract and the backend's own. */
public interface ContractTests {

    /** This test's own. */
    World world();
}
