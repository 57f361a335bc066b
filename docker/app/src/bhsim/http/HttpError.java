package bhsim.http;

/**
 * A request that cannot be served as it came: the status to answer with and a sentence for the
 * client.
 */
public final class HttpError extends Exception {
  private static final long serialVersionUID = 1L;

  private final int status;

  public HttpError(int status, String message) {
    // Without a stack trace: hostile clients must not be able to make us pay for one.
    super(message, null, false, false);
    this.status = status;
  }

  public int status() {
    return status;
  }
}
