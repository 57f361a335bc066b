package bhsim.journal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;

/**
 * Reads ranges of orders back, from the journal itself: the index only says where to look, every
 * record is decoded and its checksum verified. Memory does not depend on the length of the range.
 */
public final class Ledger {
  private static final int WINDOW_BYTES = 64 * 1024;

  private final Journal journal;
  private final OrderIndex index;

  /**
   * @param count orders that are there and whole
   * @param digest SHA-256, in hex, over the canonical lines of these in order of sequence
   * @param duplicates further records of orders that have one already
   * @param damaged orders that were there and whose record is no longer valid
   * @param last the highest sequence found, -1 for none
   */
  public record Range(long count, String digest, long duplicates, long damaged, long last) {}

  public Ledger(Journal journal, OrderIndex index) {
    this.journal = journal;
    this.index = index;
  }

  /** From and to are both part of the range. */
  public Range range(String writer, long from, long to) throws IOException {
    MessageDigest digest = sha256();
    Window window = new Window();
    long count = 0;
    long damaged = 0;
    long last = -1;
    long end = Math.min(to, index.lastSequence(writer));
    for (long at = from; at <= end; at += OrderIndex.slotsAtOnce()) {
      List<OrderIndex.Slot> slots = index.slots(writer, at, end);
      for (OrderIndex.Slot slot : slots) {
        Order order = window.read(slot.offset());
        if (order == null || !order.writer().equals(writer)
            || order.sequence() != slot.sequence()) {
          damaged++;
          continue;
        }
        digest.update(order.canonical().getBytes(StandardCharsets.US_ASCII));
        count++;
        last = slot.sequence();
      }
    }
    long duplicates = index.duplicates(writer, from, to).size();
    return new Range(count, HexFormat.of().formatHex(digest.digest()), duplicates, damaged, last);
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  /**
   * A stretch of the journal: one writer's records lie close to each other, so one read serves
   * several.
   */
  private final class Window {
    private final ByteBuffer bytes = ByteBuffer.allocate(WINDOW_BYTES).limit(0);
    private long start;

    Order read(long offset) throws IOException {
      boolean inside = offset >= start && offset + RecordFormat.MOST_BYTES <= start + bytes.limit();
      if (!inside) {
        start = offset;
        bytes.clear();
        journal.readFully(bytes, start);
        bytes.flip();
      }
      RecordFormat.Decoded decoded = RecordFormat.decode(bytes.position((int) (offset - start)));
      bytes.position(0);
      return decoded == null ? null : decoded.order();
    }
  }
}
