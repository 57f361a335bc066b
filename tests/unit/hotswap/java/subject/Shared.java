/** The marker's text is used for something else as well, which must keep it. */
public class Shared {
  @Deprecated(since = "bhsim-generation:0")
  public String get() {
    return "bhsim-generation:0";
  }
}
