package kit.orchestration.testkit;

/** What the tests of each rule are given. */
interface ContractTests {

    /** This test's own. */
    World world();
}
