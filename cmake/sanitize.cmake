# RUNNEL_SANITIZE applies to all that is built from here on, but for the test
# children, which opt out: they must behave like programs from anywhere.
add_compile_options(
    -fsanitize=${RUNNEL_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
add_link_options(-fsanitize=${RUNNEL_SANITIZE})
