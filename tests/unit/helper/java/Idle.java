/**
 * A JVM to look at: collects once, says "ready", burns a little on a thread with a name of its own
 * until its input ends.
 */
public final class Idle {
  private static volatile long sum;

  private Idle() {}

  public static void main(String[] arguments) throws Exception {
    Thread busy = new Thread(Idle::burn, "bhsim-agent-busy");
    busy.setDaemon(true);
    busy.start();
    System.gc();
    System.out.println("ready");
    while (System.in.read() >= 0) {
      System.out.println("read");
    }
  }

  private static void burn() {
    while (true) {
      for (int i = 0; i < 1_000_000; i++) {
        sum += i;
      }
      try {
        Thread.sleep(20);
      } catch (InterruptedException end) {
        return;
      }
    }
  }
}
