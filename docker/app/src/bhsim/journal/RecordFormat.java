package bhsim.journal;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32C;

/**
 * How an order lies in the journal, version 1; all numbers big-endian.
 *
 * <pre>
 * file header   8 bytes  "BHSIMJ1\n"
 * record        u32      magic 0xB0514A01
 *               u16      length of the payload
 *               u32      CRC-32C of length and payload
 *   payload     i64      sequence
 *               i32      quantity
 *               u8 + n   writer, ASCII
 *               u8 + n   sku, ASCII
 * </pre>
 */
final class RecordFormat {
  static final byte[] FILE_HEADER = "BHSIMJ1\n".getBytes(StandardCharsets.US_ASCII);
  static final int MAGIC = 0xB0514A01;
  static final int HEAD_BYTES = 10;
  static final int MOST_BYTES = HEAD_BYTES + 8 + 4 + 1 + 32 + 1 + 32;

  /** What lies at a position: an order with its length, or nothing valid. */
  record Decoded(Order order, int bytes) {}

  private RecordFormat() {}

  static void encode(Order order, ByteBuffer into) {
    int start = into.position();
    into.position(start + HEAD_BYTES);
    into.putLong(order.sequence()).putInt(order.quantity());
    put(into, order.writer());
    put(into, order.sku());
    int length = into.position() - start - HEAD_BYTES;
    into.putInt(start, MAGIC).putShort(start + 4, (short) length);
    into.putInt(start + 6, checksum(into, start, length));
  }

  /**
   * Decodes the record at the buffer's position, which stays; null when there is no whole and valid
   * one.
   */
  static Decoded decode(ByteBuffer from) {
    int start = from.position();
    if (from.remaining() < HEAD_BYTES || from.getInt(start) != MAGIC) {
      return null;
    }
    int length = from.getShort(start + 4) & 0xFFFF;
    if (length > MOST_BYTES - HEAD_BYTES || from.remaining() < HEAD_BYTES + length
        || from.getInt(start + 6) != checksum(from, start, length)) {
      return null;
    }
    try {
      ByteBuffer payload = from.slice(start + HEAD_BYTES, length);
      long sequence = payload.getLong();
      int quantity = payload.getInt();
      Order order = read(payload, sequence, quantity);
      return payload.hasRemaining() ? null : new Decoded(order, HEAD_BYTES + length);
    } catch (RuntimeException e) {
      return null; // The checksum holds, the content does not: not written by this program.
    }
  }

  private static Order read(ByteBuffer payload, long sequence, int quantity) {
    String writer = text(payload);
    return new Order(writer, sequence, text(payload), quantity);
  }

  private static int checksum(ByteBuffer buffer, int start, int length) {
    CRC32C crc = new CRC32C();
    crc.update(buffer.slice(start + 4, 2));
    crc.update(buffer.slice(start + HEAD_BYTES, length));
    return (int) crc.getValue();
  }

  private static void put(ByteBuffer into, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
    into.put((byte) bytes.length).put(bytes);
  }

  private static String text(ByteBuffer from) {
    byte[] bytes = new byte[from.get() & 0xFF];
    from.get(bytes);
    return new String(bytes, StandardCharsets.US_ASCII);
  }
}
