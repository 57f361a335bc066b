package bhsim.test;

import static bhsim.test.Cases.eventually;
import static bhsim.test.Cases.expect;
import static bhsim.test.Cases.expectContains;
import static bhsim.test.Cases.expectEqual;

import bhsim.journal.Journal;
import bhsim.journal.Ledger;
import bhsim.journal.Order;
import bhsim.journal.OrderStore;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;

/**
 * The journal, its index and the ledger that is read from them: what was acknowledged, and what
 * files can suffer.
 */
public final class JournalTests {
  private JournalTests() {}

  public static void main(String[] arguments) {
    Cases cases = new Cases();
    cases.add("StoredOrder_IsFoundAndSurvivesAReopening", JournalTests::storedOrder);
    cases.add("SameWriterAndSequence_IsRefusedAsDuplicate", JournalTests::duplicateOrder);
    cases.add("SameOrderTwiceInOneBatch_IsStoredOnceAndADuplicateOnlyThen",
        JournalTests::duplicateInBatch);
    cases.add("TornTail_IsCutOffAndNothingElseIsLost", JournalTests::tornTail);
    cases.add("DamageInTheMiddle_IsSkippedAndWhatFollowsIsKept", JournalTests::damageInTheMiddle);
    cases.add("AlteredByte_IsTold", JournalTests::alteredByte);
    cases.add("RecordWrittenTwice_IsCountedAsDuplicate", JournalTests::recordTwice);
    cases.add("MissingIndex_IsRebuilt", JournalTests::missingIndex);
    cases.add("PartOfTheIndexIsMissing_RunsGapsAndDisorderComeBack", JournalTests::partialIndex);
    cases.add("IndexOfAnotherJournal_IsDropped", JournalTests::foreignIndex);
    cases.add("LedgerRange_HasCountAndDigestOfTheCanonicalLines", JournalTests::ledgerRange);
    cases.add("ManyWriters_NeedFewDescriptors", JournalTests::manyWriters);
    cases.add("SecondProcess_IsKeptOut", JournalTests::secondProcess);
    cases.add("ForeignFile_IsNotTouched", JournalTests::foreignFile);
    cases.add("ImpossibleOrder_IsNotMade", JournalTests::impossibleOrder);
    cases.add("FailedForce_AcknowledgesNothingAndStopsWriting", JournalTests::failedForce);
    cases.add("FailedAppend_IsRefusedAndLaterOnesWork", JournalTests::failedAppend);
    cases.runAndExit(arguments);
  }

  private static Order order(String writer, long sequence) {
    return new Order(writer, sequence, "SKU-0042", (int) (sequence % 9) + 1);
  }

  private static OrderStore.Outcome submit(OrderStore store, Order order)
      throws InterruptedException {
    AtomicReference<OrderStore.Outcome> told = new AtomicReference<>();
    store.submit(order, outcome -> told.compareAndSet(null, outcome));
    eventually("the order's outcome is told", () -> told.get() != null);
    return told.get();
  }

  /** A closed store with orders 1 to n of writer "w"; returns its journal file. */
  private static Path filled(Path folder, int n) throws Exception {
    OrderStore store = new OrderStore(folder);
    for (int i = 1; i <= n; i++) {
      expectEqual(OrderStore.Outcome.STORED, submit(store, order("w", i)));
    }
    store.close();
    return folder.resolve("orders.journal");
  }

  /** The index as after a crash: nothing of it can be trusted. */
  private static void forgetCheckpoint(Path folder) throws IOException {
    Files.delete(folder.resolve("index/checkpoint"));
  }

  private static void storedOrder() throws Exception {
    try (Folders folder = new Folders()) {
      filled(folder.path(), 3);
      OrderStore store = new OrderStore(folder.path());
      expectEqual(order("w", 2), store.find("w", 2));
      expect(store.find("w", 4) == null, "an order that nobody stored");
      expect(store.find("x", 2) == null, "an order of somebody else");
      store.close();
    }
  }

  private static void duplicateOrder() throws Exception {
    try (Folders folder = new Folders()) {
      OrderStore store = new OrderStore(folder.path());
      expectEqual(OrderStore.Outcome.STORED, submit(store, order("w", 7)));
      expectEqual(OrderStore.Outcome.DUPLICATE, submit(store, new Order("w", 7, "SKU-9999", 1)));
      expectEqual(order("w", 7), store.find("w", 7));
      store.close();
    }
  }

  private static void duplicateInBatch() throws Exception {
    try (Folders folder = new Folders()) {
      OrderStore store = new OrderStore(folder.path());
      List<OrderStore.Outcome> told = Collections.synchronizedList(new ArrayList<>());
      for (int i = 0; i < 100; i++) {
        store.submit(order("w", 1), told::add);
      }
      eventually("all are told", () -> told.size() == 100);
      expectEqual(1, Collections.frequency(told, OrderStore.Outcome.STORED));
      expectEqual(99, Collections.frequency(told, OrderStore.Outcome.DUPLICATE));
      expectEqual(OrderStore.Outcome.STORED, told.get(0));
      store.close();
    }
  }

  private static void tornTail() throws Exception {
    try (Folders folder = new Folders()) {
      Path file = filled(folder.path(), 10);
      long whole = Files.size(file);
      byte[] journal = Files.readAllBytes(file);
      forgetCheckpoint(folder.path());
      // The first half of a record, as a crash in the middle of a write leaves it.
      Files.write(file, java.util.Arrays.copyOfRange(journal, 8, 30), StandardOpenOption.APPEND);
      OrderStore store = new OrderStore(folder.path());
      expectEqual(22L, store.recovered().torn());
      expectEqual(whole, Files.size(file));
      expectEqual(OrderStore.Outcome.STORED, submit(store, order("w", 11)));
      expectEqual(11L, store.ledger().range("w", 0, 100).count());
      store.close();
    }
  }

  private static void damageInTheMiddle() throws Exception {
    try (Folders folder = new Folders()) {
      Path file = filled(folder.path(), 10);
      flip(file, Files.size(file) / 2);
      Files.delete(folder.path().resolve("index/w.idx"));
      forgetCheckpoint(folder.path());
      OrderStore store = new OrderStore(folder.path());
      expectEqual(0L, store.recovered().torn());
      expect(store.recovered().skipped() > 0, "the damage is not told");
      expectEqual(9L, store.ledger().range("w", 0, 100).count());
      expectEqual(order("w", 10), store.find("w", 10));
      store.close();
    }
  }

  private static void alteredByte() throws Exception {
    try (Folders folder = new Folders()) {
      Path file = filled(folder.path(), 10);
      flip(file, Files.size(file) - 1);
      OrderStore store = new OrderStore(folder.path());
      Ledger.Range range = store.ledger().range("w", 1, 10);
      expectEqual(9L, range.count());
      expectEqual(1L, range.damaged());
      try {
        store.find("w", 10);
        throw new AssertionError("a damaged order was given out");
      } catch (IOException e) {
        expectContains("damaged", e.getMessage());
      }
      store.close();
    }
  }

  private static void recordTwice() throws Exception {
    try (Folders folder = new Folders()) {
      Path file = filled(folder.path(), 10);
      byte[] journal = Files.readAllBytes(file);
      int record = (journal.length - 8) / 10;
      Files.write(
          file, java.util.Arrays.copyOfRange(journal, 8, 8 + record), StandardOpenOption.APPEND);
      // Twice, because finding it again must not count it again.
      for (int i = 0; i < 2; i++) {
        OrderStore store = new OrderStore(folder.path());
        Ledger.Range range = store.ledger().range("w", 0, 100);
        expectEqual(10L, range.count());
        expectEqual(1L, range.duplicates());
        expectEqual(0L, store.ledger().range("w", 2, 100).duplicates());
        store.close();
        forgetCheckpoint(folder.path());
      }
    }
  }

  private static void missingIndex() throws Exception {
    try (Folders folder = new Folders()) {
      filled(folder.path(), 10);
      Files.delete(folder.path().resolve("index/w.idx"));
      forgetCheckpoint(folder.path());
      OrderStore store = new OrderStore(folder.path());
      expectEqual(10L, store.recovered().records());
      expectEqual(order("w", 5), store.find("w", 5));
      store.close();
    }
  }

  private static void partialIndex() throws Exception {
    try (Folders folder = new Folders()) {
      OrderStore store = new OrderStore(folder.path());
      List<OrderStore.Outcome> told = Collections.synchronizedList(new ArrayList<>());
      // "a" without a gap and longer than a run; "b" with gaps and backwards.
      for (int i = 1; i <= 1200; i++) {
        store.submit(order("a", i), told::add);
        if (i % 7 != 0) {
          store.submit(order("b", 2000 - i), told::add);
        }
      }
      int all = 1200 + 1200 - 1200 / 7;
      eventually(
          "all are stored", () -> Collections.frequency(told, OrderStore.Outcome.STORED) == all);
      store.close();
      forgetCheckpoint(folder.path());
      Path index = folder.path().resolve("index/a.idx");
      Files.write(index, java.util.Arrays.copyOf(Files.readAllBytes(index), 600 * 8));
      Files.delete(folder.path().resolve("index/b.idx"));
      store = new OrderStore(folder.path());
      expectEqual((long) all, store.recovered().records());
      expectEqual(1200L, store.ledger().range("a", 0, 2000).count());
      expectEqual((long) all - 1200, store.ledger().range("b", 0, 2000).count());
      expectEqual(0L, store.ledger().range("a", 0, 2000).duplicates());
      expectEqual(order("a", 1199), store.find("a", 1199));
      expectEqual(order("b", 801), store.find("b", 801));
      expect(store.find("b", 1993) == null, "an order that nobody stored");
      store.close();
    }
  }

  private static void foreignIndex() throws Exception {
    try (Folders folder = new Folders()) {
      Path file = filled(folder.path(), 10);
      Files.delete(file);
      OrderStore store = new OrderStore(folder.path());
      expectEqual(0L, store.ledger().range("w", 0, 100).count());
      expectEqual(OrderStore.Outcome.STORED, submit(store, order("w", 5)));
      store.close();
    }
  }

  private static void ledgerRange() throws Exception {
    try (Folders folder = new Folders()) {
      OrderStore store = new OrderStore(folder.path());
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      // In disorder, with a gap at 1500, and across several reads of the index.
      for (int i = 3000; i >= 1; i--) {
        if (i != 1500) {
          store.submit(order("w", i), outcome -> {});
        }
      }
      eventually("all are stored", () -> store.stored() == 2999);
      for (int i = 1000; i <= 2500; i++) {
        if (i != 1500) {
          digest.update(
              ("w," + i + ",SKU-0042," + (i % 9 + 1) + "\n").getBytes(StandardCharsets.US_ASCII));
        }
      }
      Ledger.Range range = store.ledger().range("w", 1000, 2500);
      expectEqual(1500L, range.count());
      expectEqual(HexFormat.of().formatHex(digest.digest()), range.digest());
      expectEqual(2500L, range.last());
      expectEqual(0L, store.ledger().range("w", 1500, 1500).count());
      expectEqual(0L, store.ledger().range("nobody", 0, 10).count());
      store.close();
    }
  }

  private static void manyWriters() throws Exception {
    try (Folders folder = new Folders()) {
      OrderStore store = new OrderStore(folder.path());
      long before = openDescriptors();
      for (int i = 0; i < 300; i++) {
        store.submit(order("w" + i, 1), outcome -> {});
      }
      eventually("all are stored", () -> store.stored() == 300);
      expect(openDescriptors() - before < 100, "descriptors grow with the number of writers");
      for (int i = 0; i < 300; i++) {
        expectEqual(order("w" + i, 1), store.find("w" + i, 1));
      }
      store.close();
    }
  }

  private static long openDescriptors() {
    return new java.io.File("/proc/self/fd").list().length;
  }

  private static void secondProcess() throws Exception {
    try (Folders folder = new Folders()) {
      OrderStore store = new OrderStore(folder.path());
      try {
        new OrderStore(folder.path());
        throw new AssertionError("two stores on one journal");
      } catch (IOException | java.nio.channels.OverlappingFileLockException e) {
        expectEqual(OrderStore.Outcome.STORED, submit(store, order("w", 1)));
      }
      store.close();
    }
  }

  private static void foreignFile() throws Exception {
    try (Folders folder = new Folders()) {
      Path file = folder.path().resolve("orders.journal");
      Files.writeString(file, "somebody's diary");
      try {
        new OrderStore(folder.path());
        throw new AssertionError("a foreign file was taken for a journal");
      } catch (IOException e) {
        expectContains("not a journal", e.getMessage());
      }
      expectEqual("somebody's diary", Files.readString(file));
    }
  }

  private static void impossibleOrder() {
    String[] writers = {"", "../w", "a b", "w".repeat(33), "w/1"};
    for (String writer : writers) {
      try {
        new Order(writer, 1, "SKU-0001", 1);
        throw new AssertionError("a writer called '" + writer + "'");
      } catch (IllegalArgumentException e) {
        expectContains("not an order", e.getMessage());
      }
    }
  }

  /** A journal whose disk fails when told to. */
  private static final class FailingStore extends OrderStore {
    static volatile boolean appendFails;
    static volatile boolean forceFails;

    FailingStore(Path directory) throws IOException {
      super(directory);
    }

    @Override
    protected Journal openJournal(Path file) throws IOException {
      return new Journal(file) {
        @Override
        public long[] append(List<Order> orders) throws IOException {
          if (appendFails) {
            throw new IOException("no space left on device");
          }
          return super.append(orders);
        }

        @Override
        public void force() throws IOException {
          if (forceFails) {
            throw new IOException("input/output error");
          }
          super.force();
        }
      };
    }
  }

  private static void failedForce() throws Exception {
    try (Folders folder = new Folders()) {
      OrderStore store = new FailingStore(folder.path());
      FailingStore.forceFails = true;
      expectEqual(OrderStore.Outcome.REFUSED, submit(store, order("w", 1)));
      FailingStore.forceFails = false;
      expectContains("input/output error", store.trouble());
      expectEqual(OrderStore.Outcome.REFUSED, submit(store, order("w", 2)));
      expect(store.trouble() != null, "well again without a restart");
      store.close();
    }
  }

  private static void failedAppend() throws Exception {
    try (Folders folder = new Folders()) {
      OrderStore store = new FailingStore(folder.path());
      FailingStore.appendFails = true;
      expectEqual(OrderStore.Outcome.REFUSED, submit(store, order("w", 1)));
      expectContains("no space left", store.trouble());
      expectRefusedTogether(store);
      FailingStore.appendFails = false;
      expectEqual(OrderStore.Outcome.STORED, submit(store, order("w", 1)));
      expect(store.trouble() == null, "still in trouble");
      store.close();
    }
  }

  /** None may be told that the order exists: the one beside it could not be written either. */
  private static void expectRefusedTogether(OrderStore store) throws Exception {
    List<OrderStore.Outcome> told = Collections.synchronizedList(new ArrayList<>());
    for (int i = 0; i < 100; i++) {
      store.submit(order("w", 1), told::add);
    }
    eventually("all are told", () -> told.size() == 100);
    expectEqual(100, Collections.frequency(told, OrderStore.Outcome.REFUSED));
  }

  private static void flip(Path file, long at) throws IOException {
    try (RandomAccessFile bytes = new RandomAccessFile(file.toFile(), "rw")) {
      bytes.seek(at);
      int value = bytes.read();
      bytes.seek(at);
      bytes.write(value ^ 0x55);
    }
  }
}
