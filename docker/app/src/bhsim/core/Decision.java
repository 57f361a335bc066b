package bhsim.core;

/**
 * Whether an order may be placed, and the marker inside the version of the class that decided.
 *
 * @param reason empty when it may
 */
public record Decision(boolean accepted, String reason, String version) {}
