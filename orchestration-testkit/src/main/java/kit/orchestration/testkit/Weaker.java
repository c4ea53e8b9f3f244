package kit.orchestration.testkit;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * On a backend's override of a contract test: the strict test can't be passed there, and this one shows what holds
 * instead. Its rule must be among {@link ContractBackend#weakenings()}.
 */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.METHOD)
public @interface Weaker {

    /** Why, in a sentence. */
    String value();
}
