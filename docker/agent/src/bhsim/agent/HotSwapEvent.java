package bhsim.agent;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/** A change, from its detection to its outcome, in the flight recording. */
@Name("bhsim.HotSwap")
@Label("Hot Swap")
@Description("A changed class file and what became of it")
@Category("bhsim")
@StackTrace(false)
final class HotSwapEvent extends Event {
  @Label("Class Name") String className;
  @Label("Outcome") String outcome;
  @Label("Before") @Description("SHA-256 of the bytes in force") String before;
  @Label("After") @Description("SHA-256 of the bytes delivered") String after;
  @Label("Reason") String reason;
  @Label("Microseconds since Detection") long tookMicros;
}
