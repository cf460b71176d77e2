using System.Reflection;
using System.Reflection.Emit;
using System.Runtime.CompilerServices;
using AwsVpcCni.WarmPool.Engine;
using AwsVpcCni.WarmPool.Model;

namespace AwsVpcCni.WarmPool.Tests.Model;

/// <summary>The model decides and does nothing: what its code names is checked down to the instruction.</summary>
public class PurityTests
{
    private const string Room = "AwsVpcCni.WarmPool.Model";

    private static readonly Dictionary<short, OpCode> _opCodesByValue = typeof(OpCodes)
        .GetFields(BindingFlags.Public | BindingFlags.Static)
        .Select(static field => (OpCode)field.GetValue(null)!)
        .ToDictionary(static code => code.Value);

    [Fact]
    public void WarmPool_stands_on_the_BCL_and_Polly_alone() =>
        Assert.All(
            typeof(Pool).Assembly.GetReferencedAssemblies(),
            static name => Assert.True(
                name.Name!.StartsWith("System.", StringComparison.Ordinal) || name.Name is "System" or "netstandard" or "Polly.Core", name.Name));

    [Fact]
    public void The_model_names_no_engine_no_clock_no_task_no_file_and_no_socket()
    {
        var offences = Offences(typeof(Pool).Assembly.GetTypes().Where(static type => type.FullName!.StartsWith(Room + ".", StringComparison.Ordinal)));
        Assert.True(offences.Count == 0, string.Join('\n', offences));
    }

    [Theory]
    [InlineData(nameof(Impure.Reads), "names System.IO.File")]
    [InlineData(nameof(Impure.Waits), "is async")]
    [InlineData(nameof(Impure.Waits), "names System.Threading.Tasks.Task")]
    [InlineData(nameof(Impure.Clock), "names System.TimeProvider")]
    [InlineData(nameof(Impure.Day), "names System.DateTime")]
    [InlineData(nameof(Impure.Chance), "names System.Random")]
    [InlineData(nameof(Impure.Engine), "names AwsVpcCni.WarmPool.Engine.WarmPoolEngine")]
    public void These_tests_would_notice(string method, string offence) =>
        Assert.Contains($"{nameof(Impure)}.{method} {offence}", Offences([typeof(Impure)]));

    private static SortedSet<string> Offences(IEnumerable<Type> types)
    {
        var offences = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var type in types)
        {
            foreach (var method in Methods(type))
            {
                if (method.IsDefined(typeof(AsyncStateMachineAttribute)))
                    offences.Add($"{type.Name}.{method.Name} is async");
                foreach (var named in Named(method).Where(static named => !Allowed(named)))
                    offences.Add($"{type.Name}.{method.Name} names {named.FullName}");
            }
        }

        return offences;
    }

    private static bool Allowed(Type type)
    {
        if (type.HasElementType)
            return Allowed(type.GetElementType()!);
        if (type.IsGenericParameter)
            return true;
        if (type == typeof(DateTime) || type == typeof(TimeProvider) || type == typeof(Random) || type == typeof(Environment) || type == typeof(Console))
            return false;
        var space = type.Namespace ?? "";
        return space.StartsWith(Room, StringComparison.Ordinal)
            || type == typeof(System.Net.IPAddress) || type == typeof(System.Net.IPNetwork) || type == typeof(System.Net.Sockets.AddressFamily)
            || space is "" or "System" or "System.Collections" or "System.Collections.Generic" or "System.Collections.ObjectModel" or "System.Linq"
                or "System.Numerics" or "System.Text" or "System.Text.Json" or "System.Buffers" or "System.Buffers.Binary"
                or "System.Runtime.CompilerServices" or "System.Runtime.InteropServices" or "System.Reflection" or "System.Diagnostics"
                or "System.Diagnostics.CodeAnalysis" or "Microsoft.CodeAnalysis"
            || type == typeof(object);
    }

    private static IEnumerable<MethodBase> Methods(Type type)
    {
        const BindingFlags all = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;
        return type.GetMethods(all).Cast<MethodBase>().Concat(type.GetConstructors(all));
    }

    private static IEnumerable<Type> Named(MethodBase method)
    {
        foreach (var parameter in method.GetParameters())
            yield return parameter.ParameterType;
        if (method is MethodInfo { ReturnType: var returned })
            yield return returned;
        if (method.GetMethodBody() is not { } body)
            yield break;
        foreach (var local in body.LocalVariables)
            yield return local.LocalType;
        foreach (var member in Operands(method, body.GetILAsByteArray()!))
        {
            // An iterator remembers the thread that made it; that is the compiler's doing.
            if (member is { Name: "get_CurrentManagedThreadId" })
                continue;
            if (member is Type type)
                yield return type;
            else if (member.DeclaringType is { } declaring)
                yield return declaring;
        }
    }

    private static IEnumerable<MemberInfo> Operands(MethodBase method, byte[] il)
    {
        var typeArguments = method.DeclaringType!.IsGenericType ? method.DeclaringType.GetGenericArguments() : null;
        var methodArguments = method.IsGenericMethod ? method.GetGenericArguments() : null;
        for (var at = 0; at < il.Length;)
        {
            var code = _opCodesByValue[il[at] == 0xfe ? (short)(0xfe00 | il[at + 1]) : il[at]];
            at += code.Size;
            switch (code.OperandType)
            {
                case OperandType.InlineMethod or OperandType.InlineField or OperandType.InlineType or OperandType.InlineTok:
                    yield return method.Module.ResolveMember(BitConverter.ToInt32(il, at), typeArguments, methodArguments)!;
                    at += 4;
                    break;
                case OperandType.InlineSwitch:
                    at += 4 + (4 * BitConverter.ToInt32(il, at));
                    break;
                case OperandType.InlineNone:
                    break;
                case OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar:
                    at += 1;
                    break;
                case OperandType.InlineVar:
                    at += 2;
                    break;
                case OperandType.InlineI8 or OperandType.InlineR:
                    at += 8;
                    break;
                default:
                    at += 4;
                    break;
            }
        }
    }

    /// <summary>What the model must not do. Never called.</summary>
    private static class Impure
    {
        public static bool Reads() => File.Exists("x");

        public static async Task Waits() => await Task.Yield();

        public static long Clock() => TimeProvider.System.GetTimestamp();

        public static int Day() => DateTime.UnixEpoch.Day;

        public static int Chance() => Random.Shared.Next();

        public static int Engine(WarmPoolEngine engine) => engine.GetHashCode();
    }
}
