package bhsim.http;

/** Answers a request, now or later, from any thread, by {@link Exchange#respond} exactly once. */
@FunctionalInterface
public interface Handler {
  void handle(Exchange exchange) throws Exception;
}
