package bhsim.agent;

/** A change that is not swapped in: why, and what that means for what follows. */
final class Refusal extends Exception {
  private static final long serialVersionUID = 1L;

  /** How a refusal counts. */
  enum Kind {
    /** May go away by itself: tried again, as often as the configuration says. */
    TRANSIENT,
    /** The change is bad, and stays so; the circuit breaker counts it. */
    FAILURE,
    /**
     * The change is not for us to judge (not allowed, breaker open): the breaker does not count it.
     */
    POLICY
  }

  private final Kind kind;

  Refusal(Kind kind, String reason) {
    super(reason);
    this.kind = kind;
  }

  Kind kind() {
    return kind;
  }
}
