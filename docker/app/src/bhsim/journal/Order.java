package bhsim.journal;

import java.util.regex.Pattern;

/**
 * One order, as its writer numbered it: (writer, sequence) is its identity.
 *
 * @param sequence 0 to {@link #LAST_SEQUENCE}
 * @param quantity what was ordered; its limits are the policy's business
 */
public record Order(String writer, long sequence, String sku, int quantity) {
  /** Keeps one writer's index file below 800 MB, whatever a client sends. */
  public static final long LAST_SEQUENCE = 99_999_999;

  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_-]{1,32}");

  public Order {
    if (!isName(writer) || !isName(sku) || sequence < 0 || sequence > LAST_SEQUENCE) {
      throw new IllegalArgumentException(
          "not an order: names have 1 to 32 letters, digits, - or _, sequences are 0 to "
          + LAST_SEQUENCE);
    }
  }

  /** Writers' names become file names: nothing but letters, digits, hyphen and underscore. */
  public static boolean isName(String text) {
    return text != null && NAME.matcher(text).matches();
  }

  /** The line that digests are made of. */
  public String canonical() {
    return writer + ',' + sequence + ',' + sku + ',' + quantity + '\n';
  }
}
