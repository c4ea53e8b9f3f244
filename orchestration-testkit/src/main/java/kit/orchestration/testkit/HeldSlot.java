package kit.orchestration.testkit;

/**
 * A slot that the store says is held.
 *
 * @param pod the pod's name, as allocations have it
 * @param slot the slot's number; −1 where the store does not number slots
 * @param sessionId who holds it
 */
public record HeldSlot(String pod, int slot, String sessionId) {}
