using AwsVpcCni.Linux.Sockets;

namespace AwsVpcCni.Linux.Tests.Sockets;

/// <summary>The lines as kernels, kubelet's two drivers and runtimes write them, and who that is.</summary>
public sealed class CgroupPlaceTests
{
    [Theory]
    [InlineData("0::/system.slice/containerd.service", SocketHolder.Host)]
    [InlineData("0::/", SocketHolder.Host)]
    [InlineData("12:memory:/system.slice/containerd.service\n1:name=systemd:/system.slice/containerd.service\n0::/", SocketHolder.Host)]
    [InlineData("0::/kubepods/burstable/podB/y", SocketHolder.Pod)]
    [InlineData("0::/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-podB.slice/cri-containerd-y.scope", SocketHolder.Pod)]
    [InlineData("12:memory:/kubepods/podB/y\n0::/", SocketHolder.Pod)]
    public void With_the_host_s_cgroup_namespace_the_name_tells(string cgroups, SocketHolder holder)
    {
        Assert.Equal(holder, CgroupPlace.Of(cgroups + "\n", "0::/init.scope\n"));
        Assert.Equal(holder, CgroupPlace.Of(cgroups + "\n", null));
    }

    // ipamd is in /kubepods/burstable/podA/x, by the cgroupfs driver.
    [Theory]
    [InlineData("0::/../../podB/y", SocketHolder.Unclear)]                    // its QoS class's
    [InlineData("0::/../../../besteffort/podB/y", SocketHolder.Unclear)]
    [InlineData("0::/../../../podB/y", SocketHolder.Unclear)]                 // a guaranteed pod's
    [InlineData("0::/../y", SocketHolder.Unclear)]                            // another container of its own pod
    [InlineData("0::/../../../../system.slice/containerd.service", SocketHolder.Host)]
    [InlineData("0::/../../../../user.slice/user-0.slice/session-1.scope", SocketHolder.Host)]
    [InlineData("0::/../../../..", SocketHolder.Host)]
    [InlineData("0::/", SocketHolder.Host)]                                   // in its own container
    [InlineData("0::/../../../../../system.slice", SocketHolder.Unclear)]     // further than there is
    [InlineData("1:name=systemd:/../../podB/y\n0::/../../../../system.slice", SocketHolder.Unclear)]
    public void From_a_cgroup_namespace_of_its_own_only_what_shares_nothing_with_ipamd_is_the_host_s(string cgroups, SocketHolder holder) =>
        Assert.Equal(holder, CgroupPlace.Of(cgroups + "\n", "1:name=systemd:/../../../../init.scope\n0::/../../../../init.scope\n"));

    [Theory]
    [InlineData("0::/../../../../system.slice/containerd.service")]
    [InlineData("0::/../../podB/y")]
    public void Without_sight_of_the_host_s_first_process_nothing_outside_can_be_told(string cgroups) =>
        Assert.Equal(SocketHolder.Unclear, CgroupPlace.Of(cgroups + "\n", null));

    [Theory]
    [InlineData("0::/../../pod3f0c5a52-3b53-4f0b-9a0e-0f4b1c1c2d3e/y", SocketHolder.Pod)]
    [InlineData("0::/../../../besteffort/pod3f0c5a523b534f0b9a0e0f4b1c1c2d3e/y", SocketHolder.Pod)]   // a static pod's
    [InlineData("0::/../../../../machine.slice/podman.service", SocketHolder.Host)]
    public void By_the_cgroupfs_driver_a_pod_s_folder_has_its_UID(string cgroups, SocketHolder holder) =>
        Assert.Equal(holder, CgroupPlace.Of(cgroups + "\n", "0::/../../../../init.scope\n"));

    // A node that is itself a container of a pod, and shows it: ipamd and the runtime are in the same one.
    [Theory]
    [InlineData("0::/kubepods/burstable/podN/node", SocketHolder.Host)]
    [InlineData("0::/kubepods/burstable/podN/node/containerd", SocketHolder.Host)]
    [InlineData("0::/kubepods/burstable/podN/node/kubepods/podB/y", SocketHolder.Pod)]
    [InlineData("0::/kubepods/burstable/podN/node2", SocketHolder.Pod)]
    [InlineData("12:memory:/kubepods/podB/y\n0::/kubepods/burstable/podN/node", SocketHolder.Pod)]
    public void What_is_in_ipamd_s_own_cgroup_is_no_other_pod_s(string cgroups, SocketHolder holder) =>
        Assert.Equal(holder, CgroupPlace.Of(cgroups + "\n", null, "12:memory:/\n0::/kubepods/burstable/podN/node\n"));

    [Fact]
    public void By_the_systemd_driver_a_neighbour_has_the_name_still() =>
        Assert.Equal(SocketHolder.Pod, CgroupPlace.Of("0::/../../kubepods-burstable-podB.slice/cri-containerd-y.scope\n", "0::/../../../../init.scope\n"));
}
