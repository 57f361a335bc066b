/** Wrong on purpose: who reads the field has a copy of it. */
public class StaticMarker {
  public static final String VERSION = "bhsim-generation:0";
}
