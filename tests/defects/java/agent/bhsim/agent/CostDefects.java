package bhsim.agent;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** What an agent may cost although all that it does is right. */
final class CostDefects {
  private CostDefects() {}

  private static void start(String name, Supervised.Body body) {
    Thread thread = new Thread(() -> {
      try {
        body.run();
      } catch (Exception e) {
        AgentLog.error("the planted defect failed: " + e);
      }
    }, name);
    thread.setDaemon(true);
    thread.start();
  }

  /**
   * PERF-01: a thread of the agent burns a tenth of what the application uses, or
   * -Dbhsim.defect.share=SHARE of it.
   */
  static final class BurnsATenth extends AgentDefect {
    @Override
    void beforeStart() {
      double share = Double.parseDouble(System.getProperty("bhsim.defect.share", "0.1"));
      CpuBurden burden = new CpuBurden(share, 100);
      CostDefects.start("bhsim-agent-burn", () -> {
        while (true) {
          burden.run();
          TimeUnit.MILLISECONDS.sleep(100);
        }
      });
    }
  }

  /**
   * PERF-01, PERF-03 and PERF-10: before main may begin the agent reads for eight seconds, and
   * keeps all that it has read, 80 MB; and from then on it burns a tenth.
   */
  static final class Heavy extends AgentDefect {
    private static final List<byte[]> KEPT = new ArrayList<>();

    @Override
    void beforeStart() {
      new BurnsATenth().beforeStart();
      try {
        for (int i = 0; i < 800; i++) {
          KEPT.add(new byte[100 << 10]);
          TimeUnit.MILLISECONDS.sleep(10);
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
