/**
 * Session tokens.
 *
 * <p>A token is a JWT (RFC 7519) in the compact form (RFC 7515), of a type of its own and at most
 * {@value kit.orchestration.token.UnverifiedToken#MAX_LENGTH} characters, signed with HMAC-SHA256 (RFC 7518) or Ed25519
 * (RFC 8037). The tour, in reading order:
 *
 * <ol>
 *   <li>{@link kit.orchestration.token.TokenClaims}: what a token says.
 *   <li>{@link kit.orchestration.token.SigningKey} and {@link kit.orchestration.token.TokenSigner}: the allocator's
 *       side.
 *   <li>{@link kit.orchestration.token.TokenVerifier}: the whole check in one step, for a gateway.
 *   <li>{@link kit.orchestration.token.UnverifiedToken} and {@link kit.orchestration.token.VerificationKey}: the same
 *       in two steps, for a pod, which looks at its ledger between them: a forger is then refused before the signature,
 *       the dear part, is computed.
 * </ol>
 *
 * <p>No message, exception or {@code toString} of this package holds a token, a signature or a secret.
 */
@NullMarked
package kit.orchestration.token;

import org.jspecify.annotations.NullMarked;
